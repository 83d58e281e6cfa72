/** A monitor as a whole, from its environments. */

import type { Health, Monitor, MonitorEnvironment, MonitorState, Run } from './monitors.ts'

/** From best to worst. */
const HEALTHS = ['unknown', 'healthy', 'overrunning', 'late', 'failing'] as const satisfies readonly Health[]

/** The state of the whole is the last of these that an environment has. */
const STATES = [
  'quiet',
  'healthy',
  'running',
  'overrunning',
  'late',
  'failing',
] as const satisfies readonly MonitorState[]

/** `environments` are sorted, and at least one. */
export function combineEnvironments(
  key: string,
  environments: readonly MonitorEnvironment[],
  recent: readonly Run[],
): Monitor {
  const health =
    worst(
      HEALTHS,
      environments.map(each => each.health),
    ) ?? 'unknown'
  const since = sinceOf(health, environments)
  const lastEventAt = most(environments.map(each => each.lastEventAt))
  const lastSuccessAt = most(environments.map(each => each.lastSuccessAt))
  const expectMs = least(environments.map(each => each.expectMs))
  return {
    key,
    state:
      worst(
        STATES,
        environments.map(({ state }) => state),
      ) ?? 'quiet',
    health,
    isFailing: environments.some(({ isFailing }) => isFailing),
    isLate: environments.some(({ isLate }) => isLate),
    isOverrunning: environments.some(({ isOverrunning }) => isOverrunning),
    ...(since !== undefined && { since }),
    ...(lastEventAt !== undefined && { lastEventAt }),
    ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    envs: environments.map(({ env }) => env).filter(env => env !== ''),
    environments,
    ...(expectMs !== undefined && { expectMs }),
    recent,
  }
}

/** A bad time began with the first environment that is still bad; a good time began when the last one became good. */
function sinceOf(health: Health, environments: readonly MonitorEnvironment[]): number | undefined {
  const times = environments.filter(each => each.health === health).map(({ since }) => since)
  switch (health) {
    case 'unknown':
      return undefined
    case 'healthy':
      return most(times)
    case 'overrunning':
    case 'late':
    case 'failing':
      return least(times)
  }
}

function worst<Value>(order: readonly Value[], values: readonly Value[]): Value | undefined {
  return order.findLast(value => values.includes(value))
}

function most(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function least(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
