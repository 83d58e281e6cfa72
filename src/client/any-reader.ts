/** Reads JSON from the first of several addresses of a server that answers. */

import { monotonicMs } from '../system/clock.ts'
import { createAddressChoice } from './address-choice.ts'
import { openReader, type ReadAnswer, type Reader, type ReaderOptions } from './json-client.ts'
import { isAway } from './outcome.ts'
import { retryAfterMs } from './retry-after.ts'

/**
 * Its paths follow the base path of each address. An address that cannot be reached, or answers 502, 503 or 504, is
 * followed by the next one, which has the whole time of the request as well. If all fail, the error names all problems.
 *
 * @param urls base addresses, at least one
 * @throws TypeError if one is not a URL
 */
export async function openAnyReader(
  urls: readonly string[],
  options: Omit<ReaderOptions, 'origin'>,
): Promise<Reader> {
  const places = await Promise.all(
    urls.map(async url => {
      const { origin, pathname } = new URL(url)
      return { base: pathname.replace(/\/+$/, ''), reader: await openReader({ ...options, origin }) }
    }),
  )
  const choice = createAddressChoice(places.length, monotonicMs)
  return {
    close() {
      for (const { reader } of places) reader.close()
    },
    async get(path, timeoutMs, signal) {
      const failures: ReadAnswer[] = []
      for (const index of choice.order()) {
        const place = places[index]
        if (place === undefined) continue
        const answer = await place.reader.get(`${place.base}${path}`, timeoutMs, signal)
        const hasFailed = answer.kind === 'error' || isAway(answer.status)
        if (!hasFailed) choice.noteReached(index)
        if (!hasFailed || signal?.aborted) return answer
        choice.noteFailed(index, waitOf(answer))
        failures.push(answer)
      }
      return combined(failures)
    },
  }
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
