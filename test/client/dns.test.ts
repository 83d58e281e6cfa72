import { lookup as lookupByNode } from 'node:dns/promises'
import { expect, test } from 'vitest'
import { lookup } from '../../src/client/dns.ts'

type Found = {
  readonly code: string | undefined
  readonly address: unknown
  readonly family: number | undefined
}

const find = (name: string, options: Parameters<typeof lookup>[1]) =>
  new Promise<Found>(resolve => {
    lookup(name, options, (error, address, family) => resolve({ code: error?.code, address, family }))
  })

test('localhost has the addresses of getaddrinfo', async () => {
  const all = await lookupByNode('localhost', { all: true })
  const { address } = await find('localhost', { all: true })
  expect(address).toContainEqual(all[0])
  expect(await find('localhost', { family: 4 })).toEqual({ code: undefined, address: '127.0.0.1', family: 4 })
})

/** The second if the name server does not answer. */
const UNKNOWN = /^(ENOTFOUND|EAI_AGAIN)$/

test('an unknown name is an error with the code of dns.lookup', async () => {
  expect((await find('nowhere.invalid', {})).code).toMatch(UNKNOWN)
})

test('a name is passed as one argument, and never as an option', async () => {
  expect((await find('--help', {})).code).toMatch(UNKNOWN)
})
