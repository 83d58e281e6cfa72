import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseExpectation } from '../../src/commands/serve/parse-expectation.ts'
import { RULE_WORDS } from '../../src/commands/serve/take-rule-word.ts'

const project = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(project, file), 'utf8')

test('the rules in the guide are read as rules', () => {
  const [, table = ''] = /\| rule \| what is expected \|\n(.*?)\n\n/s.exec(read('docs/serve.md')) ?? []
  const rules = [...table.matchAll(/`([^`]+)`/g)].map(([, rule = '']) => rule)
  expect(rules.length).toBeGreaterThan(5)
  expect(rules.filter(rule => !parseExpectation(rule).ok)).toEqual([])
})

test('the manual page describes each word of a rule', () => {
  const [, section = ''] = /^\.Sh RULES\n(.*?)^\.Sh /ms.exec(read('man/cronitor-serve.1')) ?? []
  const described = [...section.matchAll(/^\.It Li (\w+)/gm)].map(([, word]) => word)
  expect(described).toEqual([...RULE_WORDS, 'in'])
})
