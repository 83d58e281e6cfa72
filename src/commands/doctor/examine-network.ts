/** The checks of the way to the API. */

import { isAway } from '../../client/outcome.ts'
import { chooseProxy } from '../../client/proxy.ts'
import { VARIABLES_AT_START } from '../../client/tls-trust.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Environment } from '../../settings/sources.ts'
import { monotonicMs } from '../../system/clock.ts'
import type { CheckResult } from './check-result.ts'
import { checkCertificate, checkRefusedCertificate } from './checks/certificate.ts'
import { checkClock } from './checks/clock.ts'
import { checkConnection } from './checks/connection.ts'
import { checkDns } from './checks/dns.ts'
import { checkProxy } from './checks/proxy.ts'
import { checkSend } from './checks/send.ts'
import { lookUp } from './probes/look-up.ts'
import { peerCertificate } from './probes/peer-certificate.ts'
import { probeServer, type ServerProbe } from './probes/probe-server.ts'
import { sendTrialEvent } from './probes/send-trial-event.ts'

/** The tools, for tests. */
export interface NetworkTools {
  readonly lookUp: typeof lookUp
  readonly probeServer: typeof probeServer
  readonly peerCertificate: typeof peerCertificate
  readonly sendTrialEvent: typeof sendTrialEvent
  readonly wallClock: () => number
  readonly now: () => number
}

const TOOLS: NetworkTools = {
  lookUp,
  probeServer,
  peerCertificate,
  sendTrialEvent,
  wallClock: Date.now,
  now: monotonicMs,
}

export interface NetworkRequest {
  readonly settings: Settings
  readonly env: Environment
  /** The monitor of `--send`. */
  readonly monitorKey: string | undefined
  /** For all of it, in milliseconds. */
  readonly timeoutMs: number
}

export interface ExaminedNetwork {
  readonly results: readonly CheckResult[]
  /** True if the API's host answers; of several, if one does. */
  readonly isReached: boolean
}

interface ExaminedAddress extends ExaminedNetwork {
  /** True if events would go to the next address. */
  readonly isSkipped: boolean
}

const LOOK_UP_MS = 3000
const PROBE_MS = 4000
/** The certificate is read at the end: there are at least so many milliseconds for it. */
const LEAST_MS = 500

/** Examines all addresses at the same time. */
export async function examineNetwork(request: NetworkRequest, tools = TOOLS): Promise<ExaminedNetwork> {
  const { settings, monitorKey } = request
  if (settings.url.kind === 'unusable') return { results: notSentTo(monitorKey), isReached: false }
  const { base, others = [], isBuiltIn } = settings.url
  if (others.length === 0) return examineAddress(new URL(base), request, tools)
  const examined = await Promise.all(
    [base, ...others].map(async url => {
      const its = { ...settings, url: { kind: 'usable', base: url, isBuiltIn } as const }
      return { url, ...(await examineAddress(new URL(url), { ...request, settings: its }, tools)) }
    }),
  )
  const isReached = examined.some(each => each.isReached)
  const results = examined.flatMap(({ url, results, isSkipped }) =>
    results.map(result => ofAddress(url, isSkipped && isReached ? lessened(result) : result)),
  )
  return { results, isReached }
}

/** Names the address, unless the message does. */
function ofAddress(url: string, result: CheckResult): CheckResult {
  const { host } = new URL(url)
  const message = result.message.includes(host) ? result.message : `${host}: ${result.message}`
  return { ...result, message, facts: { url, ...result.facts } }
}

/** Events arrive at another address. */
function lessened(result: CheckResult): CheckResult {
  return result.outcome === 'problem' ? { ...result, outcome: 'warning' } : result
}

function notSentTo(monitorKey: string | undefined): CheckResult[] {
  return monitorKey === undefined ? [] : [checkSend(monitorKey, undefined)]
}

async function examineAddress(
  base: URL,
  { settings, env, monitorKey, timeoutMs }: NetworkRequest,
  tools: NetworkTools,
): Promise<ExaminedAddress> {
  const choice = chooseProxy(base, env)
  const proxyResult = checkProxy(base, env)
  if (choice.kind === 'unusable')
    return { results: [proxyResult, ...notSentTo(monitorKey)], isReached: false, isSkipped: true }

  const end = tools.now() + timeoutMs
  const leftMs = () => Math.max(LEAST_MS, Math.round(end - tools.now()))
  const proxy = choice.kind === 'proxy' ? choice.url : undefined
  const looking = tools.lookUp((proxy ?? base).hostname, Math.min(LOOK_UP_MS, timeoutMs))
  const probe = await tools.probeServer({ base, proxy, env, timeoutMs: Math.min(PROBE_MS, timeoutMs) })
  const isReached = probe.kind === 'answered' && probe.status !== 407
  const sending =
    isReached && monitorKey !== undefined && tools.sendTrialEvent(monitorKey, settings, env, leftMs())
  const certificate = await examineCertificate(base, proxy, probe, leftMs(), tools, env)
  const sent = monitorKey === undefined ? [] : [checkSend(monitorKey, (await sending) || undefined)]
  const results = [
    proxyResult,
    checkDns((proxy ?? base).hostname, await looking, isReached),
    ...(probe.kind === 'failed' && probe.isCertificate
      ? []
      : [checkConnection(base.host, probe, settings.deliverWithinMs)]),
    ...(certificate === undefined ? [] : [certificate]),
    ...(probe.kind === 'answered' ? [checkClock(probe)] : []),
    ...sent,
  ]
  return { results, isReached, isSkipped: probe.kind === 'failed' || isAway(probe.status) }
}

async function examineCertificate(
  base: URL,
  proxy: URL | undefined,
  probe: ServerProbe,
  timeoutMs: number,
  { peerCertificate, wallClock }: NetworkTools,
  env: Environment,
): Promise<CheckResult | undefined> {
  if (probe.kind === 'failed') return probe.isCertificate ? checkRefusedCertificate(probe.problem) : undefined
  if (base.protocol !== 'https:') return undefined
  const certificate = await peerCertificate(base, proxy, timeoutMs)
  return checkCertificate(certificate, storeName(probe.needsSystemStore, env), wallClock())
}

function storeName(isSystem: boolean, env: Environment): string {
  const set = (names: readonly string[]) => names.filter(name => env[name])
  if (isSystem)
    return `the authorities of ${set(['SSL_CERT_FILE', 'SSL_CERT_DIR']).join(' and ') || 'the system'}`
  return ['the built-in authorities', ...set(VARIABLES_AT_START).map(name => `those of ${name}`)].join(' or ')
}
