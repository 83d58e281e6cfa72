/** What `cronitor serve` does by itself: looks for late monitors, and tells of changes. */

import { hostname } from 'node:os'
import type { Expectation } from '../../server/monitors/monitors.ts'
import { watchOverdue } from '../../server/monitors/overdue.ts'
import type { Channel } from '../../server/notify/channel.ts'
import { commandChannel } from '../../server/notify/command-channel.ts'
import type { SmtpServer } from '../../server/notify/mail-channel.ts'
import { type Notifications, startNotifications } from '../../server/notify/start-notifications.ts'
import { webhookChannel } from '../../server/notify/webhook-channel.ts'
import type { Store } from '../../server/store/store.ts'
import type { Environment } from '../../settings/sources.ts'
import { sleep } from '../../system/sleep.ts'
import { VERSION } from '../../system/version.ts'
import { loadExpectations } from './expect-file.ts'
import { parseSmtpUrl } from './notify-options.ts'

export interface WatchOptions {
  readonly expect?: readonly Expectation[]
  readonly expectFile?: string
  readonly notifyUrl?: readonly string[]
  readonly notifyCommand?: readonly (readonly [string, ...string[]])[]
  readonly notifyMail?: readonly string[]
  readonly notifyFrom?: string
  readonly smtpUrl?: SmtpServer
}

export interface WatchContext {
  readonly store: Store
  readonly options: WatchOptions
  readonly io: { readonly env: Environment }
  /** Takes one line. */
  readonly warn: (problem: string) => void
}

export type StartedWatch =
  | {
      readonly ok: true
      readonly service: {
        /** Reads --expect-file anew; where it is broken, a warning, and what was expected before still is. */
        readonly reload?: () => Promise<void>
        readonly close: () => Promise<void>
      }
    }
  /** One line. */
  | { readonly ok: false; readonly problem: string }

/** To be called before events are accepted, and closed before the store is. */
export async function startWatch({ store, options, io, warn }: WatchContext): Promise<StartedWatch> {
  const { env } = io
  const wallClock = Date.now
  const load = () => loadExpectations(options.expect ?? [], options.expectFile)
  const expected = load()
  if (!expected.ok) return expected
  const mail = await mailChannels(options, env)
  if (!mail.ok) return mail

  const channels = [
    ...(options.notifyUrl ?? []).map(url => webhookChannel({ url, env, version: VERSION, wallClock })),
    ...(options.notifyCommand ?? []).map(argv => commandChannel({ argv, env })),
    ...mail.channels,
  ]
  const random = Math.random
  let notifications: Notifications
  try {
    // In this order, so that what is late no more with the new expectations is told.
    notifications = await startNotifications({ store, channels, wallClock, sleep, random, warn })
    await store.expect(expected.expectations)
  } catch (error) {
    return { ok: false, problem: `cannot store what is expected: ${reasonOf(error)}` }
  }
  const lateness = watchOverdue({ store, wallClock, sleep, warn })

  const reload = async () => {
    const next = load()
    if (!next.ok) return warn(`${next.problem}; what was expected before still is`)
    try {
      await store.expect(next.expectations)
    } catch (error) {
      warn(`cannot store what is expected: ${reasonOf(error)}`)
    }
    lateness.lookAgain()
  }
  return {
    ok: true,
    service: {
      ...(options.expectFile !== undefined && { reload }),
      close: async () => {
        await lateness.close()
        await notifications.close()
      },
    },
  }
}

type MailChannels =
  | { readonly ok: true; readonly channels: readonly Channel[] }
  | { readonly ok: false; readonly problem: string }

async function mailChannels(options: WatchOptions, env: Environment): Promise<MailChannels> {
  const { notifyMail = [], notifyFrom = `cronitor@${hostname()}` } = options
  if (notifyMail.length === 0) return { ok: true, channels: [] }
  const server = mailServer(options.smtpUrl, env)
  if (!server.ok) return server
  // nodemailer is loaded by those alone who want mail.
  const { mailChannel } = await import('../../server/notify/mail-channel.ts')
  return {
    ok: true,
    channels: notifyMail.map(to => mailChannel({ to, from: notifyFrom, server: server.server, env })),
  }
}

function mailServer(given: SmtpServer | undefined, { CRONITOR_SMTP_URL: text }: Environment) {
  if (given !== undefined) return { ok: true, server: given } as const
  if (!text) return { ok: false, problem: '--notify-mail needs a mail server: --smtp-url' } as const
  const parsed = parseSmtpUrl(text)
  return parsed.ok ? parsed : ({ ok: false, problem: `CRONITOR_SMTP_URL: ${parsed.problem}` } as const)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
