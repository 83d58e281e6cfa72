/** `--notify-url`, `--notify-command` and `--notify-mail`: reports changes of monitors. */

import { openChannels } from '../../server/notify/channel-list.ts'
import type { OutgoingMailServer } from '../../server/notify/mail-channel.ts'
import { startNotifications } from '../../server/notify/start-notifications.ts'
import { isStoreProblem } from '../../server/store/store-problem.ts'
import type { Environment } from '../../settings/sources.ts'
import { monotonicMs } from '../../system/clock.ts'
import { errorMessage } from '../../system/error-message.ts'
import { sleep } from '../../system/sleep.ts'
import { VERSION } from '../../system/version.ts'
import { parseSmtpUrl } from './notify-options.ts'
import type { ServeOptions } from './serve-options.ts'
import type { ServiceContext, StartedService } from './service.ts'

export async function startNotifyService({
  options,
  io: { env },
  store,
  duties,
  warn,
}: ServiceContext): Promise<StartedService> {
  const mail = mailServer(options, env)
  if (!mail.ok) return mail
  const targets = { ...options, ...(mail.server && { smtpUrl: mail.server }) }
  const channels = await openChannels(targets, { env, version: VERSION, wallClock: Date.now })
  try {
    const service = await startNotifications({
      store,
      channels,
      duties,
      clock: monotonicMs,
      sleep,
      random: Math.random,
      warn,
    })
    return { ok: true, service }
  } catch (error) {
    const problem = `cannot read which changes were reported: ${errorMessage(error)}`
    return { ok: false, problem, mayPass: isStoreProblem(error) }
  }
}

type FoundMailServer =
  | { readonly ok: true; readonly server?: OutgoingMailServer }
  | { readonly ok: false; readonly problem: string }

function mailServer(
  { notifyMail = [], smtpUrl }: ServeOptions,
  { CRONITOR_SMTP_URL: url }: Environment,
): FoundMailServer {
  if (notifyMail.length === 0) return { ok: true }
  if (smtpUrl !== undefined) return { ok: true, server: smtpUrl }
  if (!url) return { ok: false, problem: '--notify-mail needs a mail server: --smtp-url' }
  const parsed = parseSmtpUrl(url)
  return parsed.ok ? parsed : { ok: false, problem: `CRONITOR_SMTP_URL: ${parsed.problem}` }
}
