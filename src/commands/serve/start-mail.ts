/** `--smtp-port` of `cronitor serve`: mail is received, where the HTTP server listens, and with its keys and limits. */

import { DEFAULT_LISTEN } from '../../settings/defaults.ts'
import { throttle } from '../../system/throttle.ts'
import { loadCertificate } from './certificate.ts'
import { resolveListen } from './listen-address.ts'
import { listenProblem } from './listen-problem.ts'
import type { ServeOptions } from './serve-request.ts'
import type { ServiceContext, StartedService } from './service.ts'

export async function startMail({
  options,
  store,
  limits,
  keys,
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
  const notStored = throttle(warn, clock)
  try {
    const server = await startMailServer({
      listen: listen.address,
      port,
      certificate: certificateOf(options),
      keys,
      allowAnonymous: options.allowAnonymous === true,
      limits,
      store,
      subject: { ...(defaultState && { defaultState }), ...(failWords && { failWords }) },
      clock,
      wallClock: Date.now,
      onFailure: error => notStored(`an event that came by mail could not be stored: ${messageOf(error)}`),
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

/** What is wrong with the files, the HTTP server has said. */
function certificateOf({ tlsCert, tlsKey }: ServeOptions) {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const loaded = loadCertificate(tlsCert, tlsKey)
  return loaded.ok ? loaded.certificate : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
