/** The same client where there is no address space for undici's parser, as with `ulimit -v` on Node.js 20 and 22. */

import { expect, test, vi } from 'vitest'
import { describeClient } from './client-suite.ts'

const instance = vi.fn(function fail() {
  throw new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance')
})
vi.stubGlobal('WebAssembly', { Module: class {}, Instance: instance })

describeClient()

test('undici’s parser was asked for, and once only', () => {
  expect(instance).toHaveBeenCalledTimes(1)
})
