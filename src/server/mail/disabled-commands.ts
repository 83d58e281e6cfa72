/** The SMTP commands that a client must not use. */

import { isLoopbackAddress } from '../http/client-address.ts'

export interface Connected {
  /** The address of the client. */
  readonly address: string
  readonly isEncrypted: boolean
  /** True if there is a certificate for STARTTLS. */
  readonly hasCertificate: boolean
}

/** Obsolete commands, which smtp-server only imitates. */
const NEVER = ['WIZ', 'SHELL', 'KILL', 'VRFY']

/**
 * API keys must be encrypted on the network; connections from this host do not use the network. Without a certificate,
 * STARTTLS is disabled: smtp-server would use its built-in certificate, whose private key is public.
 */
export function disabledCommands({ address, isEncrypted, hasCertificate }: Connected): string[] {
  return [
    ...NEVER,
    ...(hasCertificate ? [] : ['STARTTLS']),
    ...(isEncrypted || isLoopbackAddress(address) ? [] : ['AUTH']),
  ]
}
