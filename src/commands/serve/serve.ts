/** `cronitor serve`: the Telemetry API in this process, each event a line on stdout. */

import { once } from 'node:events'
import { createKeyRing, type ReplaceableKeyRing } from '../../server/access/key-ring.ts'
import { eventJsonLine, eventLine, noPaint, type Paint } from '../../server/api/event-line.ts'
import type { Certificate } from '../../server/http/certificate.ts'
import { createRateLimits, noRateLimits } from '../../server/ingest/rate-limits.ts'
import { createRoutes } from '../../server/routes.ts'
import { type RunningServer, startServer } from '../../server/server.ts'
import type { ReceivedEvent } from '../../server/store/event.ts'
import { openStore, type StoreOptions } from '../../server/store/open-store.ts'
import type { Store } from '../../server/store/store.ts'
import { DEFAULT_LISTEN, DEFAULT_PORT } from '../../settings/defaults.ts'
import { VERSION } from '../../system/version.ts'
import { loadCertificate } from './certificate.ts'
import { resolveListen } from './listen-address.ts'
import { listenProblem } from './listen-problem.ts'
import { openServeStore } from './open-serve-store.ts'
import { createServeOutput } from './serve-output.ts'
import { currentProcess, type ServeProcess } from './serve-process.ts'
import type { ServeOptions } from './serve-request.ts'
import { readServerKeys } from './server-keys.ts'
import type { Service } from './service.ts'
import { startServices } from './start-services.ts'

/**
 * Returns the exit status: 0 after TERM, INT or when nobody reads stdout any more; 1 if it cannot start, which it says
 * in one line.
 */
export async function serve(
  options: ServeOptions = {},
  io: ServeProcess = currentProcess(),
  open: (options: StoreOptions) => Promise<Store> = openStore,
): Promise<number> {
  const over = new AbortController()
  const output = createServeOutput(io, options.json === true, () => over.abort())
  const stopped = Promise.race([io.stop(over.signal), aborted(over.signal)])
  const services: Service[] = []
  let isBroken = false
  // Closed in this order, whatever was opened by then.
  const closings: (() => Promise<void>)[] = [
    async () => {
      for (const service of services.toReversed()) await service.close()
    },
  ]
  try {
    const problem = await start()
    if (problem !== undefined) {
      output.warn(problem)
      return 1
    }
    await stopped
  } finally {
    over.abort()
    for (const close of closings) await close()
  }
  return output.problem() === undefined && !isBroken ? 0 : 1

  /** Undefined once it listens. */
  async function start(): Promise<string | undefined> {
    const access = await prepareAccess(options, io, output.warn)
    if (!access.ok) return access.problem
    const { keys, certificate, listen } = access
    const onBroken = (error: Error) => {
      output.warn(`cannot go on without the database: ${error.message}`)
      isBroken = true
      over.abort()
    }
    const opened = await openServeStore(options.dataDir, io, folder => open({ ...folder, onBroken }))
    if (!opened.ok) return opened.problem
    const { store } = opened
    closings.push(store.close)
    const paint = io.isTerminal && options.json !== true ? await colours() : noPaint
    const show = options.json === true ? eventJsonLine : (event: ReceivedEvent) => eventLine(event, paint)
    if (options.quiet !== true) store.onStored(({ events }) => output.lines(events.map(event => show(event))))

    const limits = options.limits === false ? noRateLimits : createRateLimits()
    const { warn, say } = output
    const notStarted = await startServices({ options, io, store, limits, keys, warn, say }, services)
    if (notStarted !== undefined) return notStarted
    const port = options.port ?? DEFAULT_PORT
    let server: RunningServer
    try {
      server = await startServer({
        port,
        address: listen.address,
        store,
        limits,
        keys,
        allowAnonymous: keys === undefined || options.allowAnonymous === true,
        certificate,
        createRoutes,
        version: VERSION,
        warn,
      })
    } catch (error) {
      return `cannot listen on ${listen.host}:${port}: ${listenProblem(error, '--port')}`
    }
    closings.unshift(server.close)
    const url = `${certificate === undefined ? 'http' : 'https'}://${listen.host}:${server.port}`
    output.announce(`Listening on ${url}`, { listening: url })
    reloadOnSignal(server, keys)
    return undefined
  }

  function reloadOnSignal(server: RunningServer, keys: ReplaceableKeyRing | undefined): void {
    const { apiKeyFile, tlsCert, tlsKey } = options
    const reloads = services.flatMap(({ reload }) => reload ?? [])
    if (apiKeyFile !== undefined) {
      reloads.push(() => {
        const file = readServerKeys(apiKeyFile, io.euid)
        if (file.ok) keys?.replace(file.keys)
        else output.warn(`${file.problem}; the keys that were read before still hold`)
      })
    }
    if (tlsCert !== undefined && tlsKey !== undefined) {
      reloads.push(() => {
        const loaded = loadCertificate(tlsCert, tlsKey)
        if (loaded.ok) server.setCertificate(loaded.certificate)
        else output.warn(`${loaded.problem}; the certificate that was read before is still used`)
      })
    }
    // Where there is nothing to read anew, a terminal that is closed ends the server.
    if (reloads.length > 0) {
      io.onReload(() => {
        for (const reload of reloads) void reload()
      }, over.signal)
    }
  }
}

type Access =
  | {
      readonly ok: true
      readonly keys: ReplaceableKeyRing | undefined
      readonly certificate: Certificate | undefined
      readonly listen: { readonly address: string; readonly host: string }
    }
  | { readonly ok: false; readonly problem: string }

/** Who may come in, where, and how encrypted. */
async function prepareAccess(
  { apiKeyFile, tlsCert, tlsKey, listen = DEFAULT_LISTEN }: ServeOptions,
  { euid }: ServeProcess,
  warn: (words: string) => void,
): Promise<Access> {
  const resolved = await resolveListen(listen)
  if (!resolved.ok) return resolved
  let keys: ReplaceableKeyRing | undefined
  if (apiKeyFile !== undefined) {
    const file = readServerKeys(apiKeyFile, euid)
    if (!file.ok) return file
    if (file.warning !== undefined) warn(file.warning)
    keys = createKeyRing(file.keys)
  } else if (!resolved.isLoopback) {
    const problem = `on ${resolved.host} others can reach the server, which takes any key: say which with --api-key-file`
    return { ok: false, problem }
  }
  let certificate: Certificate | undefined
  if (tlsCert !== undefined && tlsKey !== undefined) {
    const loaded = loadCertificate(tlsCert, tlsKey)
    if (!loaded.ok) return loaded
    if (loaded.warning !== undefined) warn(loaded.warning)
    certificate = loaded.certificate
  }
  return { ok: true, keys, certificate, listen: resolved }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

async function colours(): Promise<Paint> {
  const { default: chalk } = await import('chalk')
  const states = { run: chalk.cyan, complete: chalk.green, ok: chalk.green, fail: chalk.red }
  return { state: (text, state) => states[state](text), faint: text => chalk.dim(text) }
}
