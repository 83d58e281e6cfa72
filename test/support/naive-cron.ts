/**
 * What Debian's cron 3.0pl1-162 does, in the most obvious way: it reads a schedule character by character into one boolean
 * for each value, as its entry.c does, and wakes up each minute, as its cron.c does. Shares no code with src/system/schedule.ts.
 *
 * Commands take no time here. The real cron sleeps 10 seconds after each minute that it makes up for, so if it makes up for
 * more than five of them, the others start in the next minutes.
 */

export interface NaiveEntry {
  /** Index 0 is minute 0. */
  readonly minute: readonly boolean[]
  readonly hour: readonly boolean[]
  /** Index 0 is the first of the month. */
  readonly dom: readonly boolean[]
  /** Index 0 is January. */
  readonly month: readonly boolean[]
  /** Index 0 and 7 are Sunday. */
  readonly dow: readonly boolean[]
  readonly minStar: boolean
  readonly hrStar: boolean
  readonly domStar: boolean
  readonly dowStar: boolean
  readonly whenReboot: boolean
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** load_entry: undefined if cron refuses the schedule. Takes what cron takes silently: `5~9` is 5. */
export function naiveEntry(schedule: string): NaiveEntry | undefined {
  if (schedule.startsWith('@')) return naiveNamedEntry(schedule.slice(1))
  const input = new Input(`${schedule} `)
  try {
    const minStar = input.peek() === '*'
    const minute = getList(input, 0, 59)
    const hrStar = input.peek() === '*'
    const hour = getList(input, 0, 23)
    const domStar = input.peek() === '*'
    const dom = getList(input, 1, 31)
    const month = getList(input, 1, 12, MONTHS)
    const dowStar = input.peek() === '*'
    const dow = getList(input, 0, 7, DAYS)
    if (input.peek() !== '') return undefined
    if (dow[0] || dow[7]) dow[0] = dow[7] = true
    return { minute, hour, dom, month, dow, minStar, hrStar, domStar, dowStar, whenReboot: false }
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function naiveNamedEntry(name: string): NaiveEntry | undefined {
  const all = { minute: only(60, 0), hour: only(24, 0), dom: every(31), month: every(12), dow: every(8) }
  const flags = { minStar: false, hrStar: false, domStar: false, dowStar: false, whenReboot: false }
  const first = only(31, 0)
  switch (name) {
    case 'reboot':
      return { ...all, minute: [], ...flags, whenReboot: true }
    case 'yearly':
    case 'annually':
      return { ...all, dom: first, month: only(12, 0), ...flags, dowStar: true }
    case 'monthly':
      return { ...all, dom: first, ...flags, dowStar: true }
    case 'weekly': {
      const dow = only(8, 0)
      dow[7] = true
      return { ...all, dow, ...flags, domStar: true }
    }
    case 'daily':
    case 'midnight':
      return { ...all, ...flags }
    case 'hourly':
      return { ...all, hour: every(24), ...flags, hrStar: true }
    default:
      return undefined
  }
}

function every(length: number): boolean[] {
  return Array.from({ length }, () => true)
}

function only(length: number, index: number): boolean[] {
  return Array.from({ length }, (_, each) => each === index)
}

/** cron gives up the line. */
class Refused extends Error {}

class Input {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Empty at the end. */
  peek(): string {
    return this.#text[this.#at] ?? ''
  }

  next(): void {
    this.#at++
  }
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t'
}

function getList(input: Input, low: number, high: number, names: readonly string[] = []): boolean[] {
  const bits = Array.from({ length: high - low + 1 }, () => false)
  getRange(input, low, high, names, bits)
  while (input.peek() === ',') {
    input.next()
    getRange(input, low, high, names, bits)
  }
  while (input.peek() !== '' && !isBlank(input.peek())) input.next()
  while (isBlank(input.peek())) input.next()
  return bits
}

function getRange(input: Input, low: number, high: number, names: readonly string[], bits: boolean[]): void {
  let first = low
  let last = high
  if (input.peek() === '*') {
    input.next()
  } else {
    first = getNumber(input, low, names)
    if (input.peek() !== '-') {
      if (input.peek() === '/' || first < low || first > high) throw new Refused()
      bits[first - low] = true
      return
    }
    input.next()
    last = getNumber(input, low, names)
  }
  let step = 1
  if (input.peek() === '/') {
    input.next()
    step = getNumber(input, 0, [])
    if (step <= 0) throw new Refused()
  }
  if (first < low || first > high || last < low || last > high) throw new Refused()
  for (let value = first; value <= last; value += step) bits[value - low] = true
}

function getNumber(input: Input, low: number, names: readonly string[]): number {
  let word = ''
  while (/^[a-zA-Z0-9]$/.test(input.peek())) {
    word += input.peek()
    input.next()
  }
  for (const [index, name] of names.entries()) {
    if (name.toLowerCase() === word.toLowerCase()) return low + index
  }
  if (/^[0-9]+$/.test(word)) return Number(word)
  throw new Refused()
}

/** find_jobs, for one job: whether it runs in that minute of the clock on the wall. */
function isDue(entry: NaiveEntry, wallMinute: number, doWild: boolean, doNonWild: boolean): boolean {
  if (!entry.minute[wallMinute % 60] || !entry.hour[Math.floor(wallMinute / 60) % 24]) return false
  const date = new Date(wallMinute * 60_000)
  if (!entry.month[date.getUTCMonth()]) return false
  const dow = entry.dow[date.getUTCDay()] === true
  const dom = entry.dom[date.getUTCDate() - 1] === true
  if (!(entry.domStar || entry.dowStar ? dow && dom : dow || dom)) return false
  return entry.minStar || entry.hrStar ? doWild : doNonWild
}

/**
 * The minutes at which cron starts the job, as milliseconds since 1970: after `from`, up to and including `until`. Once for
 * each minute, also if cron makes up for several times of the job in it. cron was started four
 * hours before `from`: it then knows of a change whose times are repeated, which is at most three hours.
 */
export function naiveRuns(entry: NaiveEntry, zone: string, from: number, until: number): number[] {
  const wallMinuteAt = wallMinutes(zone)
  const runs: number[] = []
  let minute = Math.floor(from / 60_000) - 240
  let virtualTime = wallMinuteAt(minute)
  if (entry.whenReboot) return runs
  for (minute++; minute * 60_000 <= until; minute++) {
    const timeRunning = wallMinuteAt(minute)
    const timeDiff = timeRunning - virtualTime
    let isRun = false
    if (timeDiff > 180 || timeDiff <= -180) {
      virtualTime = timeRunning
      isRun = isDue(entry, timeRunning, true, true)
    } else if (timeDiff > 5) {
      isRun = isDue(entry, timeRunning, true, false)
      while (virtualTime < timeRunning) {
        virtualTime++
        isRun = isDue(entry, virtualTime, false, true) || isRun
      }
    } else if (timeDiff > 0) {
      while (virtualTime < timeRunning) {
        virtualTime++
        isRun = isDue(entry, virtualTime, true, true) || isRun
      }
    } else {
      isRun = isDue(entry, timeRunning, true, false)
    }
    if (isRun && minute * 60_000 > from) runs.push(minute * 60_000)
  }
  return runs
}

const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, Map<number, number>>()

/** All clocks of the last decades are changed at a quarter of an hour, so one look at the clock is enough for each. */
const QUARTER = 15

/** From minutes since 1970 to minutes of the clock on the wall (time() plus GMToff, in cron.c). */
function wallMinutes(zone: string): (minute: number) => number {
  const known = offsets.get(zone) ?? new Map<number, number>()
  offsets.set(zone, known)
  let quarter = Number.NaN
  let offset = Number.NaN
  return minute => {
    const now = Math.floor(minute / QUARTER)
    if (now !== quarter) {
      quarter = now
      offset = known.get(now) ?? offsetAt(now * QUARTER, zone)
      known.set(now, offset)
    }
    return minute + offset
  }
}

/** In minutes east of UTC. */
function offsetAt(minute: number, zone: string): number {
  const format = formats.get(zone) ?? wallClockFormat(zone)
  formats.set(zone, format)
  const [month, day, year, hour, minutes] = format
    .format(minute * 60_000)
    .split(/\D+/)
    .map(Number) as [number, number, number, number, number]
  return Date.UTC(year, month - 1, day, hour, minutes) / 60_000 - minute
}

function wallClockFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
}
