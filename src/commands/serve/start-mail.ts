/** `--smtp-port`: receives mail as events, with the address, keys and limits of the HTTP server. */

import { createNetworkList } from '../../server/http/network-list.ts'
import { DEFAULT_LISTEN } from '../../settings/defaults.ts'
import { errorMessage } from '../../system/error-message.ts'
import { throttleEach } from '../../system/throttle.ts'
import { resolveListen } from './listen-address.ts'
import { listenProblem } from './listen-problem.ts'
import { loadCertificate } from './read-certificate.ts'
import type { ServeOptions } from './serve-options.ts'
import type { ServiceContext, StartedService } from './service.ts'

export async function startMailService({
  options,
  store,
  limits,
  ignoredCounter,
  keys,
  redactor,
  refusals,
  warn,
  say,
}: ServiceContext): Promise<StartedService> {
  const { smtpPort: port, smtpDefaultState: defaultState, smtpFailWords: failWords } = options
  if (port === undefined) return { ok: true, service: { close: async () => {} } }
  const listen = await resolveListen(options.listen ?? DEFAULT_LISTEN)
  if (!listen.ok) return listen

  // Its packages take time to load, and most servers receive no mail.
  const { startMailServer } = await import('../../server/mail/mail-server.ts')
  const clock = () => performance.now()
  const warnOfStore = throttleEach(warn, clock)
  try {
    const server = await startMailServer({
      listen: listen.address,
      port,
      certificate: certificateOf(options),
      keys,
      redactor,
      refusals,
      allowAnonymous: options.allowAnonymous === true,
      limits,
      relays: createNetworkList(options.relayAddress ?? []),
      isStrict: options.strict === true,
      ignoredCounter,
      store,
      subject: { ...(defaultState && { defaultState }), ...(failWords && { failWords }) },
      clock,
      wallClock: store.now,
      onFailure: error => warnOfStore(`an event from a mail could not be stored: ${errorMessage(error)}`),
    })
    say(`Listening on ${server.url}`, { listening_smtp: server.url })
    return {
      ok: true,
      service: {
        reload: () => {
          const certificate = certificateOf(options)
          if (certificate !== undefined) server.setCertificate(certificate)
        },
        close: server.close,
      },
    }
  } catch (error) {
    return {
      ok: false,
      problem: `cannot listen on ${listen.host}:${port}: ${listenProblem(error, '--smtp-port')}`,
    }
  }
}

/** Undefined if there is none or it is wrong; the HTTP server warns of that. */
function certificateOf({ tlsCert, tlsKey }: ServeOptions) {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const loaded = loadCertificate(tlsCert, tlsKey)
  return loaded.ok ? loaded.certificate : undefined
}
