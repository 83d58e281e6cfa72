/**
 * All notification channels. A new channel has a file beside this one, an entry in CHANNELS, a target in ChannelTargets and an
 * option in commands/serve/notify-options.ts.
 */

import { hostname } from 'node:os'
import type { Channel } from './channel.ts'
import { commandChannel } from './command-channel.ts'
import type { OutgoingMailServer } from './mail-channel.ts'
import { webhookChannel } from './webhook-channel.ts'

/** The targets that the options of `cronitor serve` set. */
export interface ChannelTargets {
  readonly notifyUrl?: readonly string[]
  readonly notifyCommand?: readonly (readonly [string, ...string[]])[]
  readonly notifyMail?: readonly string[]
  /** The sender of mail. Default: cronitor@ and the name of this host. */
  readonly notifyFrom?: string
  /** Required by `notifyMail`. */
  readonly smtpUrl?: OutgoingMailServer
}

export interface ChannelContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
}

type OpenChannels = (
  targets: ChannelTargets,
  context: ChannelContext,
) => readonly Channel[] | Promise<readonly Channel[]>

const CHANNELS: readonly OpenChannels[] = [
  ({ notifyUrl = [] }, context) => notifyUrl.map(url => webhookChannel({ url, ...context })),
  ({ notifyCommand = [] }, { env }) => notifyCommand.map(argv => commandChannel({ argv, env })),
  async ({ notifyMail = [], notifyFrom = `cronitor@${hostname()}`, smtpUrl }, { env }) => {
    if (notifyMail.length === 0 || smtpUrl === undefined) return []
    // nodemailer takes time to load, and most servers send no mail.
    const { mailChannel } = await import('./mail-channel.ts')
    return notifyMail.map(to => mailChannel({ to, from: notifyFrom, server: smtpUrl, env }))
  },
]

export async function openChannels(targets: ChannelTargets, context: ChannelContext): Promise<Channel[]> {
  return (await Promise.all(CHANNELS.map(open => open(targets, context)))).flat()
}
