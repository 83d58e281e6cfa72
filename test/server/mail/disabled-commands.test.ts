import { expect, test } from 'vitest'
import { disabledCommands } from '../../../src/server/mail/disabled-commands.ts'

test.each([
  ['127.0.0.1', false, false, ['STARTTLS']],
  ['::1', false, true, []],
  ['192.0.2.1', false, false, ['STARTTLS', 'AUTH']],
  ['192.0.2.1', false, true, ['AUTH']],
  ['192.0.2.1', true, true, []],
  ['2001:db8::1', false, true, ['AUTH']],
])('%s, encrypted: %s, with a certificate: %s', (address, isEncrypted, hasCertificate, disabled) => {
  expect(disabledCommands({ address, isEncrypted, hasCertificate })).toEqual([
    'WIZ',
    'SHELL',
    'KILL',
    'VRFY',
    ...disabled,
  ])
})
