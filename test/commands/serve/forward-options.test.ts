import { describe, expect, test } from 'vitest'
import { type ForwardFlags, forwardUsageProblem } from '../../../src/commands/serve/forward-options.ts'

const OWN = () => ['Relay.example', '192.0.2.7', '2001:db8::7']
const problem = (flags: ForwardFlags) => forwardUsageProblem({ forwardKeyFile: 'key', ...flags }, OWN)

test('without --forward-to and its key nothing is wrong', () => {
  expect(forwardUsageProblem({})).toBeUndefined()
})

test('one of the two options without the other is an error', () => {
  expect(forwardUsageProblem({ forwardTo: ['https://cronitor.link'] })).toContain('--forward-key-file')
  expect(forwardUsageProblem({ forwardKeyFile: 'key' })).toContain('--forward-to')
})

describe('the address of this server itself is an error', () => {
  test.each([
    ['http://127.0.0.1:8427', {}],
    ['http://localhost:8427', {}],
    ['http://LOCALHOST:8427/base', {}],
    ['http://[::1]:8427', {}],
    ['http://127.9.9.9:8427', {}],
    ['http://0.0.0.0:8427', {}],
    ['https://127.0.0.1:9000', { port: 9000 }],
    ['https://127.0.0.1', { port: 443 }],
    ['http://127.0.0.1', { port: 80 }],
    ['http://192.0.2.7:8427', { listen: '192.0.2.7' }],
    ['http://[2001:db8::7]:8427', { listen: '::' }],
    ['http://192.0.2.7:8427', { listen: '0.0.0.0' }],
    ['http://relay.example:8427', { listen: '0.0.0.0' }],
    ['http://127.0.0.1:8427', { listen: '0.0.0.0' }],
  ])('%s with %j', (forwardTo, flags) => {
    expect(problem({ forwardTo: [forwardTo], ...flags })).toContain('itself')
  })
})

test('one of several addresses that is the server itself is refused', () => {
  expect(problem({ forwardTo: ['https://cronitor.link', 'http://localhost:8427'] })).toContain('itself')
})

describe('other addresses are not', () => {
  test.each([
    ['https://cronitor.link', {}],
    ['http://127.0.0.1:8428', {}],
    ['http://127.0.0.1:8427', { port: 0 }],
    ['http://192.0.2.8:8427', {}],
    ['http://192.0.2.8:8427', { listen: '0.0.0.0' }],
    ['http://192.0.2.8:8427', { listen: '192.0.2.7' }],
    ['http://127.0.0.1:8427', { listen: '192.0.2.7' }],
  ])('%s with %j', (forwardTo, flags) => {
    expect(problem({ forwardTo: [forwardTo], ...flags })).toBeUndefined()
  })
})
