/** Describes changes of health in a sentence that screen readers announce. */

import type { Health } from '../monitors/monitors.ts'
import type { HealthNews } from './monitor-cache.ts'

const MAX_ANNOUNCED = 3

const WORDS: Readonly<Record<Health, string>> = {
  unknown: 'has not ended yet',
  healthy: 'is healthy',
  failing: 'is failing',
  late: 'is late',
  overrunning: 'is overrunning',
}

/** Undefined if nothing changed. Only the last change of a monitor in an environment counts. */
export function announceHealth(news: readonly HealthNews[]): string | undefined {
  const last = new Map(news.map(each => [JSON.stringify([each.key, each.env]), each]))
  const said = [...last.values()]
    .slice(0, MAX_ANNOUNCED)
    .map(({ key, env, to }) => `${key} ${WORDS[to]}${env === '' ? '' : ` in ${env}`}`)
  const more = last.size - said.length
  if (more > 0) said.push(more === 1 ? 'one more has changed' : `${more} more have changed`)
  return said.length === 0 ? undefined : `${said.join('. ')}.`
}
