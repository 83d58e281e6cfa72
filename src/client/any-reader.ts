/** Reads JSON from the first of several addresses of a server that answers. */

import { monotonicMs } from '../system/clock.ts'
import { sleep } from '../system/sleep.ts'
import { createAddressChoice } from './address-choice.ts'
import { openReader, type ReadAnswer, type ReaderOptions } from './json-client.ts'
import { isAway } from './outcome.ts'
import { retryAfterMs } from './retry-after.ts'

export interface AnyReader {
  /**
   * As `Reader.get`; each address that is asked has the whole time. `quietMs` is how long the server may wait before it
   * answers. Default: it answers at once.
   */
  get(path: string, timeoutMs: number, signal?: AbortSignal, quietMs?: number): Promise<ReadAnswer>
  close(): void
}

/** An address that does not answer in this time, in milliseconds, is probably not there. */
const NEXT_AFTER_MS = 5000

/**
 * Its paths follow the base path of each address. An address that cannot be reached, or answers 502, 503 or 504, is
 * followed by the next one. One that is silent is not given up: the next one is asked beside it, and the first answer
 * counts. If all fail, the error names all problems. Further calls begin with the address that has answered.
 *
 * @param urls base addresses, at least one
 * @throws TypeError if one is not a URL
 */
export async function openAnyReader(
  urls: readonly string[],
  options: Omit<ReaderOptions, 'origin'>,
  nextAfterMs = NEXT_AFTER_MS,
): Promise<AnyReader> {
  const places = await Promise.all(
    urls.map(async url => {
      const { origin, pathname } = new URL(url)
      return { base: pathname.replace(/\/+$/, ''), reader: await openReader({ ...options, origin }) }
    }),
  )
  // Never back to the first address by itself: if that is silent now, a long poll would show nothing meanwhile.
  const choice = createAddressChoice(places.length, monotonicMs, Number.POSITIVE_INFINITY)
  return {
    close() {
      for (const { reader } of places) reader.close()
    },
    async get(path, timeoutMs, signal, quietMs = 0) {
      const over = new AbortController()
      const limit = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
      const failures: ReadAnswer[] = []
      const left = [...choice.order()]
      const underWay = new Map<number, Promise<number>>()
      let found: ReadAnswer | undefined
      const ask = async (index: number): Promise<number> => {
        const place = places[index]
        if (place === undefined) return index
        const answer = await place.reader.get(`${place.base}${path}`, timeoutMs, limit)
        if (over.signal.aborted) return index
        const hasFailed = answer.kind === 'error' || isAway(answer.status)
        if (hasFailed) choice.noteFailed(index, waitOf(answer))
        else choice.noteReached(index)
        if (hasFailed && !signal?.aborted) failures.push(answer)
        else found ??= answer
        return index
      }
      while (found === undefined && left.length + underWay.size > 0) {
        const next = left.shift()
        if (next !== undefined) underWay.set(next, ask(next))
        const settled = await firstOf(underWay.values(), left.length > 0 ? nextAfterMs + quietMs : undefined)
        if (settled !== undefined) underWay.delete(settled)
      }
      over.abort()
      await Promise.all(underWay.values())
      return found ?? combined(failures)
    },
  }
}

/** Resolves with the first result, or with undefined after `ms` milliseconds. */
async function firstOf<Result>(
  promises: Iterable<Promise<Result>>,
  ms: number | undefined,
): Promise<Result | undefined> {
  const over = new AbortController()
  const limit = ms === undefined ? [] : [sleep(ms, over.signal).then(() => undefined)]
  const first = await Promise.race([...promises, ...limit])
  over.abort()
  return first
}

function waitOf(answer: ReadAnswer): number | undefined {
  return answer.kind === 'answer' ? retryAfterMs(answer.retryAfter, Date.now()) : undefined
}

/** An answer, if there is one: it tells more than an error. */
function combined(failures: readonly ReadAnswer[]): ReadAnswer {
  const answered = failures.find(({ kind }) => kind === 'answer')
  if (answered !== undefined) return answered
  const errors = failures.filter(each => each.kind === 'error')
  const message = errors.map(each => each.message).join('; ')
  const code = errors.find(each => each.code !== undefined)?.code
  return code === undefined ? { kind: 'error', message } : { kind: 'error', message, code }
}
