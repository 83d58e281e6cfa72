/** Durations and times as the page writes them. */

import { type Html, html } from './html.ts'
import { relativeTime, roughly } from './relative-time.ts'

/** `340 ms`, `4.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return pair(whole, 60, 'min', 1, 's')
  if (whole < 2 * 86_400) return pair(whole, 3600, 'h', 60, 'min')
  return pair(whole, 86_400, 'd', 3600, 'h')
}

/** For an axis: a whole number of the unit, or one decimal. */
export function formatTick(seconds: number): string {
  if (seconds === 0) return '0'
  if (seconds < 1) return `${short(seconds * 1000)} ms`
  if (seconds < 60) return `${short(seconds)} s`
  if (seconds < 3600) return `${short(seconds / 60)} min`
  if (seconds < 2 * 86_400) return `${short(seconds / 3600)} h`
  return `${short(seconds / 86_400)} d`
}

/**
 * In the time zone of the server: its crontabs mean that one. What no Date can be is told as it is.
 * `at` is in milliseconds since 1970.
 */
export function exactTime(at: number): string {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return `${at} ms after 1970`
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clockTime(at)}:${two(time.getSeconds())}`
}

/** Hours and minutes. */
export function clockTime(at: number): string {
  const time = new Date(at)
  return `${two(time.getHours())}:${two(time.getMinutes())}`
}

/** Month and day. */
export function dayTime(at: number): string {
  const time = new Date(at)
  return `${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

/** How long ago, and the exact time below it. */
export function timeAgo(at: number, now: number): Html {
  return html`${timeRelative(at, now)} <span class="exact">${exactTime(at)}</span>`
}

/** How long ago, or in how long; the client script keeps it true. */
export function timeRelative(at: number, now: number): Html {
  return html`<time datetime="${iso(at)}" data-ago="${at}">${relativeTime(at, now)}</time>`
}

/** For how long, since `at`; kept true as well. */
export function timeFor(at: number, now: number): Html {
  return html`<time datetime="${iso(at)}" data-for="${at}">${roughly(now - at)}</time>`
}

function iso(at: number): string {
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? '' : time.toISOString()
}

/** Such as `UTC` or `Europe/Berlin`. */
export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

function pair(whole: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((whole % large) / small)
  const first = `${Math.floor(whole / large)} ${largeName}`
  return rest === 0 ? first : `${first} ${rest} ${smallName}`
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
