/** Types of undici's files, which are imported one by one: its index also loads fetch, WebSocket, mocks and caches. */

declare module 'undici/lib/dispatcher/client.js' {
  import type { Client } from 'undici'

  const ClientConstructor: typeof Client
  export default ClientConstructor
}

declare module 'undici/lib/dispatcher/proxy-agent.js' {
  import type { ProxyAgent } from 'undici'

  const ProxyAgentConstructor: typeof ProxyAgent
  export default ProxyAgentConstructor
}

declare module 'undici/lib/core/connect.js' {
  import type { buildConnector } from 'undici'

  const build: typeof buildConnector
  export default build
}

declare module 'undici/lib/api/api-connect.js' {
  import type { Client } from 'undici'

  /** Sends CONNECT through the dispatcher `this`. */
  const connect: Client['connect']
  export default connect
}
