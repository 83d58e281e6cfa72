// `cronitor serve` with the API's limits, behind a proxy that notes each request and its answer.
import { Agent, createServer, request } from 'node:http'
import { prefer } from './prefer.mjs'
import { CRONITOR, until } from './workspace.mjs'

/**
 * `cronitor serve` behind a counting proxy. `requests` are in the order of their arrival: `{ at, monitor, series, state,
 * status }`, in milliseconds since 1970. Both sides of the proxy are 127.0.0.1, so that the limit of an address stays one.
 */
export async function startServer(workspace) {
  const serving = workspace.start(
    [CRONITOR, 'serve', '--port', '0', '--json'],
    workspace.env({ CRONITOR_NO_SPOOL: '1' }),
  )
  await until('cronitor serve listens', 30_000, () => serving.output.stdout.includes('\n'))
  prefer(serving.child.pid)
  const { listening } = JSON.parse(serving.output.stdout.split('\n', 1)[0])
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const requests = []
  const proxy = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '', listening)
    /** @type {{ at: number, monitor: string, series: string | null, state: string | null, status?: number }} */
    const noted = {
      at: Date.now(),
      monitor: decodeURIComponent(url.pathname.split('/').at(-1) ?? ''),
      series: url.searchParams.get('series'),
      state: url.searchParams.get('state'),
    }
    requests.push(noted)
    const onward = request(url, { method: incoming.method, agent }, answer => {
      noted.status = answer.statusCode
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => incoming.destroy())
    onward.end()
  })
  await new Promise(resolve => proxy.listen(0, '127.0.0.1', () => resolve(undefined)))
  workspace.atEnd(async () => {
    const closed = new Promise(resolve => proxy.close(resolve))
    proxy.closeAllConnections()
    await closed
    agent.destroy()
    serving.child.kill('SIGTERM')
    await serving.ended
  })
  return {
    url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (proxy.address()).port}`,
    requests,
    /** What the server itself says that it has recorded, in its order. */
    recorded: () =>
      serving.output.stdout
        .split('\n')
        .slice(1, -1)
        .map(line => JSON.parse(line)),
  }
}

/**
 * What the record of the server shows: distinct events of a series and state, how many came twice or more often, and
 * in how many series the order is not that of `states`.
 */
export function judge(recorded, states = ['run', 'complete']) {
  const times = new Map()
  const last = new Map()
  const outOfOrder = new Set()
  for (const { monitor, series, state } of recorded) {
    const name = `${monitor} ${series}`
    times.set(`${name} ${state}`, (times.get(`${name} ${state}`) ?? 0) + 1)
    const rank = states.indexOf(state)
    if (rank < (last.get(name) ?? 0)) outOfOrder.add(name)
    last.set(name, Math.max(rank, last.get(name) ?? 0))
    if (rank > 0 && !times.has(`${name} ${states[rank - 1]}`)) outOfOrder.add(name)
  }
  const counts = [...times.values()]
  return {
    distinct: times.size,
    twice: counts.filter(count => count === 2).length,
    oftener: counts.filter(count => count > 2).length,
    outOfOrder: outOfOrder.size,
  }
}

/** How many answers there were of a status. */
export function answers(requests, status) {
  return requests.filter(one => one.status === status).length
}
