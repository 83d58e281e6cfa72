/** Keeps "3 min ago" and "running for 20 s" current, and shows the marks whose time has come. */

import { durationInOneUnit } from '../../../system/duration.ts'
import { relativeTime } from '../relative-time.ts'

const EVERY_MS = 5_000

export function keepTimes(): void {
  setInterval(showTimes, EVERY_MS)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) showTimes()
  })
}

export function showTimes(): void {
  if (document.hidden) return
  const now = Date.now()
  for (const time of document.querySelectorAll<HTMLElement>('time[data-ago]')) {
    show(time, relativeTime(Number(time.dataset.ago), now))
  }
  for (const time of document.querySelectorAll<HTMLElement>('time[data-for]')) {
    show(time, durationInOneUnit(now - Number(time.dataset.for)))
  }
  for (const mark of document.querySelectorAll<HTMLElement>('[data-from]')) {
    mark.hidden = now < Number(mark.dataset.from)
  }
}

function show(time: HTMLElement, text: string): void {
  if (time.textContent !== text) time.textContent = text
}
