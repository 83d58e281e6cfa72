import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  asRecord,
  environmentFromBlock,
  environmentFromProcess,
  variableValue,
  withVariables,
} from '../../src/job/environment.ts'

test('a block of name=value entries gives each variable, with = and newlines in its value', () => {
  const environment = environmentFromBlock(Buffer.from('A=1\0B=x=y\nz\0BASH_FUNC_f%%=() { :; }\0EMPTY=\0'))
  expect(asRecord(environment)).toEqual({ A: '1', B: 'x=y\nz', 'BASH_FUNC_f%%': '() { :; }', EMPTY: '' })
})

test('a value that is no UTF-8 keeps its bytes', () => {
  const [variable] = environmentFromBlock(Buffer.from([0x41, 0x3d, 0xe9, 0x0a, 0]))
  expect(variable).toEqual({ name: 'A', value: '\uFFFD\n', raw: Buffer.from([0xe9, 0x0a]) })
})

test('what has no = is no variable, and a last entry without NUL counts', () => {
  expect(asRecord(environmentFromBlock(Buffer.from('nonsense\0=x\0A=1')))).toEqual({ A: '1' })
})

test('any environment survives the way through a block', () => {
  const name = fc.string({ minLength: 1 }).filter(text => !/[=\0]/.test(text))
  const value = fc.string({ unit: 'grapheme' }).filter(text => !text.includes('\0'))
  fc.assert(
    fc.property(fc.dictionary(name, value), record => {
      const block = Object.entries(record).map(([key, text]) => `${key}=${text}\0`)
      expect(asRecord(environmentFromBlock(Buffer.from(block.join(''))))).toEqual({ ...record })
    }),
  )
})

test('what is added wins over what was there', () => {
  const environment = withVariables(environmentFromProcess({ CRONITOR_SERIES: 'outer', A: '1' }), {
    CRONITOR_SERIES: 'own',
  })
  expect(variableValue(environment, 'CRONITOR_SERIES')).toBe('own')
  expect(environment).toHaveLength(2)
})
