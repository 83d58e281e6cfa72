/** What `cronitor serve` does by itself: looks for late monitors, and tells of changes. */

import { hostname } from 'node:os'
import { type Lateness, watchLateness } from '../collector/late.ts'
import type { Expectation } from '../collector/monitors.ts'
import type { Channel } from '../collector/notify/channel.ts'
import { commandChannel } from '../collector/notify/command.ts'
import type { MailServer } from '../collector/notify/mail.ts'
import { startNotifications } from '../collector/notify/start.ts'
import { webhookChannel } from '../collector/notify/webhook.ts'
import type { Store } from '../collector/store/store.ts'
import { sleep } from '../telemetry/sleep.ts'
import { loadExpectations } from './expect-file.ts'
import { parseSmtpUrl } from './notify-targets.ts'
import { VERSION } from './version.ts'

export interface WatchOptions {
  readonly expect?: readonly Expectation[]
  readonly expectFile?: string
  readonly notifyUrl?: readonly string[]
  readonly notifyCommand?: readonly (readonly [string, ...string[]])[]
  readonly notifyMail?: readonly string[]
  readonly notifyFrom?: string
  readonly smtpUrl?: MailServer
}

export interface Watch {
  /** Reads --expect-file anew; where it is broken, a warning, and what was expected before holds. */
  readonly reload: () => Promise<void>
  /** To be called before the store is closed. */
  readonly close: () => Promise<void>
}

export type Watching =
  | { readonly kind: 'started'; readonly watch: Watch }
  /** One line. */
  | { readonly kind: 'not-started'; readonly problem: string }

/** To be called before events are accepted. `warn` takes one line. */
export async function startWatch(
  store: Store,
  options: WatchOptions,
  warn: (problem: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Watching> {
  const wallClock = Date.now
  const load = () => loadExpectations(options.expect ?? [], options.expectFile)
  const expected = load()
  if (!expected.ok) return { kind: 'not-started', problem: expected.problem }
  const mail = await mailChannels(options, env)
  if (!mail.ok) return { kind: 'not-started', problem: mail.problem }

  const channels = [
    ...(options.notifyUrl ?? []).map(url => webhookChannel({ url, env, version: VERSION, wallClock })),
    ...(options.notifyCommand ?? []).map(argv => commandChannel({ argv, env })),
    ...mail.channels,
  ]
  const notifications = await startNotifications({
    store,
    channels,
    wallClock,
    sleep,
    random: Math.random,
    warn,
  })
  await store.expect(expected.expectations)
  const lateness: Lateness = watchLateness({ store, wallClock, sleep, warn })

  const reload = async () => {
    const next = load()
    if (!next.ok) return warn(`${next.problem}; what was expected before still is`)
    try {
      await store.expect(next.expectations)
    } catch (error) {
      warn(`cannot store what is expected: ${error instanceof Error ? error.message : String(error)}`)
    }
    // A monitor of which nothing is expected any more may be late no more.
    notifications.lookAgain()
    lateness.lookAgain()
  }
  return {
    kind: 'started',
    watch: {
      reload,
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

async function mailChannels(options: WatchOptions, env: NodeJS.ProcessEnv): Promise<MailChannels> {
  const { notifyMail = [], notifyFrom = `cronitor@${hostname()}` } = options
  if (notifyMail.length === 0) return { ok: true, channels: [] }
  const server = mailServer(options.smtpUrl, env)
  if (!server.ok) return server
  // nodemailer is loaded by those alone who want mail.
  const { mailChannel } = await import('../collector/notify/mail.ts')
  return {
    ok: true,
    channels: notifyMail.map(to => mailChannel({ to, from: notifyFrom, server: server.server })),
  }
}

function mailServer(given: MailServer | undefined, { CRONITOR_SMTP_URL: text }: NodeJS.ProcessEnv) {
  if (given !== undefined) return { ok: true, server: given } as const
  if (!text) return { ok: false, problem: '--notify-mail needs a mail server: --smtp-url' } as const
  const parsed = parseSmtpUrl(text)
  return parsed.ok ? parsed : ({ ok: false, problem: `CRONITOR_SMTP_URL: ${parsed.problem}` } as const)
}
