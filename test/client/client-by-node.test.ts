/** The client without address space for undici's parser, as with `ulimit -v` on Node.js 20 and 22: it uses node:http. */

import { expect, test, vi } from 'vitest'
import { describeClient } from './client-suite.ts'

const instance = vi.fn(function fail() {
  throw new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance')
})
vi.stubGlobal('WebAssembly', { Module: class {}, Instance: instance })

describeClient()

test('undici’s parser was loaded once, and failed', () => {
  expect(instance).toHaveBeenCalledTimes(1)
})
