/** `cronitor serve`: runs the Telemetry API in this process. */

import { once } from 'node:events'
import { createIgnoredCounter } from '../../server/http/ignored-counter.ts'
import { createRefusalCounter } from '../../server/http/refusal-counter.ts'
import { createRefusalLog } from '../../server/http/refusal-log.ts'
import type { RunningServer } from '../../server/server.ts'
import { dutiesOf } from '../../server/store/duties.ts'
import { noteDuties } from '../../server/store/noted-duties.ts'
import { openStore, type StoreOptions, type StorePlace } from '../../server/store/open-store.ts'
import type { Store } from '../../server/store/store.ts'
import { DEFAULT_MAX_MONITORS } from '../../settings/defaults.ts'
import { monotonicMs } from '../../system/clock.ts'
import { keepNoAddresses } from '../../system/correct-runtime.ts'
import { sleep } from '../../system/sleep.ts'
import { databaseOption } from './database-option.ts'
import { printEvents } from './event-printing.ts'
import { loadAccess } from './load-access.ts'
import { type OpenedStore, openServeStore } from './open-serve-store.ts'
import { reloadsOf } from './reload.ts'
import { createReloadRequests, hasFilesToReload, type ReloadRequests } from './reload-requests.ts'
import type { ServeOptions } from './serve-options.ts'
import { createServeOutput, type ServeOutput } from './serve-output.ts'
import type { ServeProcess } from './serve-process.ts'
import type { Service } from './service.ts'
import { withSlowOpenNotice } from './slow-open-notice.ts'
import { startLimits } from './start-limits.ts'
import { startListening } from './start-listening.ts'
import { serviceStarter } from './start-services.ts'
import { startWhenWritable } from './start-when-writable.ts'

/**
 * Returns the exit status: 0 after SIGTERM or SIGINT, or if nobody reads stdout any more; 1 if the server cannot start or
 * continue, for a reason that it prints in one line.
 */
export async function serve(
  options: ServeOptions,
  io: ServeProcess,
  open: (options: StoreOptions) => Promise<Store> = openStore,
): Promise<number> {
  keepNoAddresses()
  const { maxMonitors = DEFAULT_MAX_MONITORS } = options
  const stopping = new AbortController()
  const reloads = createReloadRequests()
  if (hasFilesToReload(options)) io.onReload(reloads.request)
  const output = createServeOutput(io, options.json === true, () => stopping.abort())
  const stopped = Promise.race([io.stop(stopping.signal), aborted(stopping.signal)])
  let isBroken = false
  const fail = (problem: string) => {
    output.warn(problem)
    isBroken = true
    stopping.abort()
  }
  const onBroken = (error: Error) => fail(`cannot continue without the database: ${error.message}`)
  const running: Running = {
    server: undefined,
    services: [],
    cancelServices: async () => {},
    store: undefined,
  }
  try {
    const problem = await start(
      {
        options,
        io,
        output,
        fail,
        reloads,
        open: place => open({ ...place, maxMonitors, onBroken, warn: output.warn }),
      },
      running,
    )
    if (problem !== undefined) {
      output.warn(problem)
      return 1
    }
    await stopped
  } finally {
    stopping.abort()
    reloads.runBy(() => {})
    await close(running)
  }
  return output.problem() === undefined && !isBroken ? 0 : 1
}

interface StartContext {
  readonly options: ServeOptions
  readonly io: ServeProcess
  readonly output: ServeOutput
  /** Prints the problem and ends the server. */
  readonly fail: (problem: string) => void
  readonly reloads: ReloadRequests
  readonly open: (place: StorePlace) => Promise<Store>
}

/** What has been started so far, and must be closed. */
interface Running {
  server: RunningServer | undefined
  readonly services: Service[]
  /** Ends the wait for a store that cannot be written. */
  cancelServices: () => Promise<void>
  store: Store | undefined
}

/** Returns why the server cannot start; undefined once it listens. */
async function start(context: StartContext, running: Running): Promise<string | undefined> {
  const { options, io, output, fail, reloads } = context
  const { warn, say } = output
  const access = await loadAccess(options, io.euid, warn)
  if (!access.ok) return access.problem
  const { keys, redactor } = access

  const opened = await openChosenStore(context)
  if (!opened.ok) return opened.problem
  const { store } = opened
  running.store = store
  await printEvents(store, options, output, io.isTerminal)

  const clock = () => performance.now()
  const started = startLimits(options, store, clock)
  if (!started.ok) return started.problem
  const { limits } = started
  if (started.service !== undefined) running.services.push(started.service)
  const ignoredCounter = createIgnoredCounter(warn, clock)
  const refusals = createRefusalCounter(createRefusalLog({ warn, clock, redact: redactor.text }))
  const { services } = running
  let isLatenessPaused = () => false
  const showLatenessPause = (isPaused: () => boolean) => {
    isLatenessPaused = isPaused
  }
  const duties = noteDuties(dutiesOf(store.peers, { clock: monotonicMs, sleep }))
  const shared = {
    options,
    io,
    store,
    duties,
    limits,
    ignoredCounter,
    keys,
    redactor,
    refusals,
    showLatenessPause,
    warn,
    say,
  }
  const startServices = serviceStarter(shared, services)
  const { problem, cancel } = await startWhenWritable({
    store,
    start: () => reloads.repeatAfter(startServices),
    warn,
    onLateProblem: fail,
    sleep,
  })
  running.cancelServices = cancel
  if (problem !== undefined) return problem

  const forMetrics = { isLatenessPaused: () => isLatenessPaused(), dutyStates: duties.states }
  const parts = { store, limits, refusals, ignoredCounter, ...forMetrics, warn }
  const listening = await startListening(options, access, parts)
  if (!listening.ok) return listening.problem
  const { server, url } = listening
  running.server = server
  output.announce(`Listening on ${url}`, { listening: url })

  reloads.runBy(() => {
    const context = { options, server, keys, redactor, services, euid: io.euid, warn }
    for (const reload of reloadsOf(context)) void reload()
  })
  return undefined
}

function openChosenStore({ options, io, output, open }: StartContext): Promise<OpenedStore> | OpenedStore {
  const database = databaseOption(options.database, io.env)
  if (!database.ok) return database
  const { address, warning } = database
  if (warning !== undefined) output.warn(warning)
  const choice = { dataDir: options.dataDir, address, keepsFiles: options.forwardTo !== undefined }
  return withSlowOpenNotice(() => openServeStore(choice, io, open), output.warn)
}

/** The services see the last events of the server, and the store outlives both. */
async function close({ server, services, cancelServices, store }: Running): Promise<void> {
  await cancelServices()
  await server?.close()
  for (const service of services.toReversed()) await service.close()
  await store?.close()
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
