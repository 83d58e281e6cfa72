/** Times as the page writes them. */

import { durationInOneUnit } from '../../system/duration.ts'
import { type Html, html } from './html.ts'
import { relativeTime } from './relative-time.ts'

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
  return html`<time datetime="${iso(at)}" data-for="${at}">${durationInOneUnit(now - at)}</time>`
}

function iso(at: number): string {
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? '' : time.toISOString()
}

/** Such as `UTC` or `Europe/Berlin`. */
export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
