/** The addresses of a destination as one sender. */

import { monotonicMs } from '../system/clock.ts'
import { sleep } from '../system/sleep.ts'
import type { Destination, TelemetryEvent } from '../telemetry/event.ts'
import { createAddressChoice } from './address-choice.ts'
import { sendToAny, shareOf } from './failover.ts'
import type { Send } from './sender.ts'

export interface Addresses {
  /**
   * For one connection at a time; all of a process share what is known about the addresses. `open` is called when an
   * address is first used: for the only address at once.
   */
  readonly sender: (open: (baseUrl: string) => Send) => Send
}

/**
 * @param withinMs how long a delivery may take, in milliseconds
 * @param onNext see `FailoverTools`
 */
export function openAddresses(
  { baseUrl, others = [] }: Pick<Destination, 'baseUrl' | 'others'>,
  withinMs: number,
  onNext?: (event: TelemetryEvent, problem: string) => void,
): Addresses {
  if (others.length === 0) return { sender: open => open(baseUrl) }
  const urls = [baseUrl, ...others]
  const tools = {
    choice: createAddressChoice(urls.length, monotonicMs),
    shareMs: shareOf(withinMs, urls.length),
    sleep,
    wallClock: Date.now,
    onNext,
  }
  return {
    sender: open =>
      sendToAny(
        urls.map(url => ({ host: new URL(url).host, send: onceUsed(() => open(url)) })),
        tools,
      ),
  }
}

function onceUsed(open: () => Send): Send {
  let send: Send | undefined
  return (...what) => {
    send ??= open()
    return send(...what)
  }
}
