/** Times as the page writes them. */

import { durationInOneUnit } from '../../system/duration.ts'
import { type Html, html } from './html.ts'
import { relativeTime } from './relative-time.ts'

/**
 * In the time zone of the server, as in its crontabs. `at` is in milliseconds since 1970; a time beyond the range of Date is
 * shown as that number.
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

/** `3 min ago`, and the exact time. */
export function timeAgo(at: number, now: number): Html {
  return html`${timeRelative(at, now)} <span class="exact">${exactTime(at)}</span>`
}

/** `3 min ago` or `in 3 min`. The client script keeps it current. */
export function timeRelative(at: number, now: number): Html {
  return html`<time datetime="${iso(at)}" data-ago="${at}">${relativeTime(at, now)}</time>`
}

/** The time since `at`, such as `3 min`. The client script keeps it current. */
export function timeFor(at: number, now: number): Html {
  return html`<time datetime="${iso(at)}" data-for="${at}">${durationInOneUnit(now - at)}</time>`
}

function iso(at: number): string {
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? '' : time.toISOString()
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
