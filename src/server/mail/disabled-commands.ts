/** Which commands of SMTP a client cannot use here. */

import { isLoopbackAddress } from '../http/client-address.ts'

export interface Connected {
  /** The client's. */
  readonly address: string
  readonly isEncrypted: boolean
  /** Is there a certificate for STARTTLS? */
  readonly hasCertificate: boolean
}

/** Of old mail servers: smtp-server only plays with them. */
const NEVER = ['WIZ', 'SHELL', 'KILL', 'VRFY']

/**
 * An API key goes over a network encrypted or not at all; from this host itself there is no network. Without a
 * certificate of its own smtp-server would offer STARTTLS with one whose key everybody has.
 */
export function disabledCommands({ address, isEncrypted, hasCertificate }: Connected): string[] {
  return [
    ...NEVER,
    ...(hasCertificate ? [] : ['STARTTLS']),
    ...(isEncrypted || isLoopbackAddress(address) ? [] : ['AUTH']),
  ]
}
