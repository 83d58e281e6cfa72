import { describe, expect, test } from 'vitest'
import { examineNetwork, type NetworkTools } from '../../../src/commands/doctor/examine-network.ts'
import { lookUp } from '../../../src/commands/doctor/probes/look-up.ts'
import type { ServerProbe } from '../../../src/commands/doctor/probes/probe-server.ts'
import { loadSettings } from '../../../src/settings/load.ts'

const NOW = Date.UTC(2026, 0, 1)

const ANSWERED: ServerProbe = {
  kind: 'answered',
  status: 404,
  date: 'Thu, 01 Jan 2026 00:00:00 GMT',
  age: undefined,
  elapsedMs: 20,
  askedAt: NOW,
  answeredAt: NOW + 20,
  needsSystemStore: false,
}

const REFUSED: ServerProbe = {
  kind: 'failed',
  problem: 'connection refused',
  isCertificate: false,
  isAboutProxy: false,
}

/** Examines `url` with tools that answer at once, and notes what was asked. */
async function examine(url: string, tools: Partial<NetworkTools> = {}, env: Record<string, string> = {}) {
  const asked: string[] = []
  const { settings } = loadSettings({ flags: { url, apiKey: 'a-key-of-the-test' }, env: {}, euid: 1 })
  const all: NetworkTools = {
    lookUp: async host => {
      asked.push(`name ${host}`)
      return { kind: 'found', addresses: ['192.0.2.1'], elapsedMs: 1 }
    },
    probeServer: async ({ base, proxy }) => {
      asked.push(`server ${base.host}${proxy === undefined ? '' : ` by ${proxy.host}`}`)
      return ANSWERED
    },
    peerCertificate: async () => {
      asked.push('certificate')
      return { ends: NOW + 90 * 86_400_000, issuer: 'CA 1' }
    },
    sendTrialEvent: async monitorKey => {
      asked.push(`event ${monitorKey}`)
      return { kind: 'status', status: 200 }
    },
    wallClock: () => NOW,
    now: () => 0,
    ...tools,
  }
  const request = { settings, env, monitorKey: 'job', timeoutMs: 8000 }
  const { results, isReached } = await examineNetwork(request, all)
  return { asked, isReached, outcomes: results.map(({ check, outcome }) => `${check} ${outcome}`), results }
}

test('asks for the name, the server, the certificate and the event', async () => {
  const { asked, outcomes, isReached } = await examine('https://api.test')
  expect(asked).toEqual(['name api.test', 'server api.test', 'event job', 'certificate'])
  expect(outcomes).toEqual(['proxy ok', 'dns ok', 'connection ok', 'certificate ok', 'clock ok', 'send ok'])
  expect(isReached).toBe(true)
})

test('a plain address has no certificate', async () => {
  const { asked } = await examine('http://api.test')
  expect(asked).not.toContain('certificate')
})

test('with a proxy, the proxy’s name is looked up', async () => {
  const { asked } = await examine('https://api.test', {}, { HTTPS_PROXY: 'http://proxy.test:3128' })
  expect(asked.slice(0, 2)).toEqual(['name proxy.test', 'server api.test by proxy.test:3128'])
})

test('if there is no answer, no event is sent', async () => {
  const { asked, outcomes, isReached } = await examine('https://api.test', {
    probeServer: async () => REFUSED,
  })
  expect(asked).toEqual(['name api.test'])
  expect(outcomes).toEqual(['proxy ok', 'dns ok', 'connection problem', 'send problem'])
  expect(isReached).toBe(false)
})

test('a refused certificate is told by its own check', async () => {
  const { outcomes } = await examine('https://api.test', {
    probeServer: async () => ({ ...REFUSED, isCertificate: true }),
  })
  expect(outcomes).toEqual(['proxy ok', 'dns ok', 'certificate problem', 'send problem'])
})

test('a proxy that asks for a password lets no event through', async () => {
  const { outcomes, isReached } = await examine('https://api.test', {
    probeServer: async () => ({ ...ANSWERED, status: 407 }),
  })
  expect(outcomes).toContain('connection problem')
  expect(outcomes.at(-1)).toBe('send problem')
  expect(isReached).toBe(false)
})

test('names the store that has verified the certificate', async () => {
  const storeIn = async (probe: ServerProbe, env: Record<string, string>) => {
    const { results } = await examine('https://api.test', { probeServer: async () => probe }, env)
    return results.find(({ check }) => check === 'certificate')?.facts?.store
  }
  const system = { ...ANSWERED, needsSystemStore: true }
  expect(await storeIn(ANSWERED, {})).toBe('the built-in authorities')
  expect(await storeIn(ANSWERED, { NODE_EXTRA_CA_CERTS: '/ca.pem' })).toBe(
    'the built-in authorities or those of NODE_EXTRA_CA_CERTS',
  )
  expect(await storeIn(system, {})).toBe('the authorities of the system')
  expect(await storeIn(system, { SSL_CERT_DIR: '/certs' })).toBe('the authorities of SSL_CERT_DIR')
})

describe('of several addresses', () => {
  const urls = 'https://one.test,http://two.test'

  test('each is examined, and each result names its own', async () => {
    const { asked, isReached, results } = await examine(urls)
    expect(asked.toSorted()).toEqual(
      [
        ...['name one.test', 'server one.test', 'event job', 'certificate'],
        ...['name two.test', 'server two.test', 'event job'],
      ].toSorted(),
    )
    expect(isReached).toBe(true)
    for (const { message, facts } of results) {
      expect(message).toMatch(/one\.test|two\.test/)
      expect(facts?.url).toBe(message.includes('one.test') ? 'https://one.test' : 'http://two.test')
    }
  })

  test('one that is not reached is a warning as long as another one is', async () => {
    const { outcomes, isReached } = await examine(urls, {
      probeServer: async ({ base }) => (base.host === 'one.test' ? REFUSED : ANSWERED),
    })
    expect(outcomes).toEqual([
      ...['proxy ok', 'dns ok', 'connection warning', 'send warning'],
      ...['proxy ok', 'dns ok', 'connection ok', 'clock ok', 'send ok'],
    ])
    expect(isReached).toBe(true)
  })

  test('one that refuses the event is a problem, since events do not go to the next one then', async () => {
    const { outcomes } = await examine(urls, {
      sendTrialEvent: async (_monitor, { url }) => ({
        kind: 'status',
        status: url.kind === 'usable' && url.base === 'https://one.test' ? 401 : 200,
      }),
    })
    expect(outcomes).toContain('send problem')
  })

  test('if none is reached, each is a problem', async () => {
    const { outcomes, isReached } = await examine(urls, { probeServer: async () => REFUSED })
    expect(outcomes.filter(each => each === 'connection problem')).toHaveLength(2)
    expect(isReached).toBe(false)
  })
})

test('nothing is asked with an unusable proxy or address', async () => {
  const proxy = await examine('https://api.test', {}, { HTTPS_PROXY: 'socks5://proxy.test' })
  expect(proxy).toMatchObject({ asked: [], outcomes: ['proxy problem', 'send problem'], isReached: false })
  const address = await examine('ftp://api.test')
  expect(address).toMatchObject({ asked: [], outcomes: ['send problem'], isReached: false })
})

describe('looking up a name', () => {
  const answer =
    (...found: readonly unknown[]) =>
    (...[, , callback]: Parameters<typeof import('../../../src/client/dns.ts').lookup>) =>
      (callback as (...found: readonly unknown[]) => void)(...found)

  test('measures the time', async () => {
    let now = 0
    const tools = {
      now: () => (now += 40),
      lookup: answer(null, [{ address: '192.0.2.1', family: 4 }]),
    }
    expect(await lookUp('api.test', 1000, tools)).toEqual({
      kind: 'found',
      addresses: ['192.0.2.1'],
      elapsedMs: 40,
    })
  })

  test('is not needed for an address', async () => {
    const tools = { now: () => 0, lookup: answer(new Error('not to be asked')) }
    expect(await lookUp('[::1]', 1000, tools)).toEqual({ kind: 'is-address' })
  })

  test('gives up after the time given', async () => {
    const tools = { now: () => 0, lookup: () => {} }
    expect(await lookUp('api.test', 1, tools)).toMatchObject({ kind: 'failed' })
  })

  test('says why it failed', async () => {
    const error = Object.assign(new Error('x'), { code: 'ENOTFOUND', hostname: 'api.test' })
    const tools = { now: () => 0, lookup: answer(error, '') }
    expect(await lookUp('api.test', 1000, tools)).toEqual({
      kind: 'failed',
      problem: 'host name api.test not found',
    })
  })
})
