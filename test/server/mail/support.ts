/** A mail server in this process, with a store that only remembers. */

import { onTestFinished } from 'vitest'
import { createIgnoredCounter } from '../../../src/server/http/ignored-counter.ts'
import type { KeyRing } from '../../../src/server/http/route-context.ts'
import { noRateLimits } from '../../../src/server/ingest/rate-limits.ts'
import { createKeyRedactor } from '../../../src/server/ingest/redact-keys.ts'
import {
  type MailServer,
  type MailServerOptions,
  startMailServer,
} from '../../../src/server/mail/mail-server.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'

export const KEY = 'abcdef0123456789'

export const keyRing: KeyRing = { isKnown: key => key === KEY, isProvedBy: () => false }

export interface Fixture extends MailServer {
  readonly events: readonly ReceivedEvent[]
}

export async function mailServer(options: Partial<MailServerOptions> = {}): Promise<Fixture> {
  const events: ReceivedEvent[] = []
  const server = await startMailServer({
    listen: '127.0.0.1',
    port: 0,
    keys: undefined,
    allowAnonymous: false,
    limits: noRateLimits,
    redactor: createKeyRedactor(),
    refusals: { count: () => {} },
    isStrict: false,
    ignoredCounter: createIgnoredCounter(
      () => {},
      () => 0,
    ),
    clock: () => 0,
    wallClock: () => 1234,
    subject: {},
    onFailure: () => {},
    store: {
      record: async event => {
        events.push(event)
        return { kind: 'stored', event: { ...event, id: events.length } }
      },
    },
    ...options,
  })
  onTestFinished(() => server.close())
  return { ...server, events }
}

/** EHLO, MAIL, RCPT for each and DATA were accepted; what is left to say is the mail. */
export function envelope(...recipients: readonly string[]): string[] {
  return ['EHLO me', 'MAIL FROM:<me@here>', ...recipients.map(each => `RCPT TO:<${each}>`), 'DATA']
}
