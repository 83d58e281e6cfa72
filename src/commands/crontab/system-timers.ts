/** The timers of systemd, which start jobs as cron does. */

import { spawnSync } from 'node:child_process'
import { isObject } from '../../system/json-object.ts'

export interface SystemTimer {
  /** `backup.timer`. */
  readonly name: string
  /** What it says about when, such as `OnCalendar=*-*-* 02:00:00`; several are joined by commas. */
  readonly schedule: string
  /** Milliseconds since 1970. */
  readonly next: number | undefined
  /** What the service runs; empty if it is not known. */
  readonly command: string
}

/** Empty without systemd. */
export function systemTimers(systemctl: (args: readonly string[]) => string = runSystemctl): SystemTimer[] {
  const listed = parseTimers(systemctl(['list-timers', '--all', '--output=json']))
  if (listed.length === 0) return []
  const names = listed.flatMap(({ unit, activates }) => [unit, activates])
  const properties = 'Id,TimersCalendar,TimersMonotonic,ExecStart'
  const units = parseUnits(systemctl(['show', `--property=${properties}`, '--', ...names]))
  return listed.map(({ unit, activates, next }) => ({
    name: unit,
    schedule: timesOf(units.get(unit) ?? []),
    next,
    command: commandOf(units.get(activates) ?? []),
  }))
}

function runSystemctl(args: readonly string[]): string {
  const { status, stdout } = spawnSync('systemctl', [...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000,
    env: { ...process.env, LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' },
  })
  return status === 0 ? stdout : ''
}

interface ListedTimer {
  readonly unit: string
  readonly activates: string
  readonly next: number | undefined
}

function parseTimers(text: string): ListedTimer[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // There is no systemd, or its version has no JSON.
    return []
  }
  if (!Array.isArray(json)) return []
  return json.flatMap((entry: unknown) => {
    if (!isObject(entry)) return []
    const { unit, activates, next } = entry
    if (typeof unit !== 'string' || typeof activates !== 'string') return []
    // Microseconds; null or 0 if nothing is planned.
    const ms = typeof next === 'number' && next > 0 ? Math.round(next / 1000) : undefined
    return [{ unit, activates, next: ms }]
  })
}

type Property = readonly [name: string, value: string]

/** `systemctl show` prints lines `Name=value`, with an empty line between two units. */
function parseUnits(text: string): ReadonlyMap<string, readonly Property[]> {
  return new Map(
    text.split(/\n\n+/).map(block => {
      const properties = block.split('\n').map((line): Property => {
        const end = line.indexOf('=')
        return [line.slice(0, end), line.slice(end + 1)]
      })
      return [properties.find(([name]) => name === 'Id')?.[1] ?? '', properties]
    }),
  )
}

/** `{ OnCalendar=*-*-* 02:00:00 ; next_elapse=Mon 2026-11-30 02:00:00 CET }`, once for each line of the unit. */
function timesOf(properties: readonly Property[]): string {
  return properties
    .filter(([name]) => name.startsWith('Timers'))
    .flatMap(([, value]) => [...value.matchAll(/\{ (On\w+=[^;]*?) ;/g)].map(([, time = '']) => time))
    .join(', ')
}

/** `{ path=/usr/bin/backup ; argv[]=/usr/bin/backup --full ; ignore_errors=no ; … }` */
function commandOf(properties: readonly Property[]): string {
  return properties
    .filter(([name]) => name === 'ExecStart')
    .flatMap(([, value]) =>
      [...value.matchAll(/ argv\[\]=(.*?) ; ignore_errors=/g)].map(([, argv = '']) => argv),
    )
    .join('; ')
}

/** True if the command of a service runs the wrapper. */
export function callsWrapper(command: string): boolean {
  return /(?:^|[\s/])(?:cronitor-exec\s|cronitor\s(?:\S+\s)*?exec\s)/.test(command)
}
