/** Types of the files of undici that are loaded one by one, because its index loads fetch, WebSocket, mocks and caches as well. */

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

  /** Sends CONNECT by the dispatcher that is `this`. */
  const connect: Client['connect']
  export default connect
}
