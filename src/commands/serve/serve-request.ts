/** What `cronitor serve` is asked for. */

import type { State } from '../../telemetry/event.ts'
import type { WatchOptions } from './start-alerts.ts'

export interface ServeOptions extends WatchOptions {
  /** 0 to 65535; 0 is any free port, which is then printed. Default: `DEFAULT_PORT`. */
  readonly port?: number
  /** An IP address or a name. Default: `DEFAULT_LISTEN`. */
  readonly listen?: string
  readonly dataDir?: string
  /** Milliseconds. */
  readonly retain?: number
  readonly apiKeyFile?: string
  readonly allowAnonymous?: boolean
  /** Both or none. */
  readonly tlsCert?: string
  readonly tlsKey?: string
  /** Both or none. */
  readonly forwardTo?: string
  readonly forwardKeyFile?: string
  /** 0 to 65535; 0 is any free port, which is then printed. Without it no mail is received. */
  readonly smtpPort?: number
  readonly smtpDefaultState?: State
  /** In lower case. */
  readonly smtpFailWords?: readonly string[]
  /** Each line is JSON, the first one too: `{"listening":"http://127.0.0.1:PORT"}`. */
  readonly json?: boolean
  /** Events are not printed. */
  readonly quiet?: boolean
  /** `false` switches the limits of the API off. */
  readonly limits?: boolean
}
