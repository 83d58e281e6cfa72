import { expect, test } from 'vitest'
import { createRuleFinder } from '../../../src/server/monitors/applicable-rule.ts'
import type { RuleScope } from '../../../src/server/monitors/rule.ts'

/** Scopes as `monitor` or `monitor@env`; each has a rule that shows which one it is. */
function scopesOf(...texts: string[]): readonly RuleScope[] {
  return texts.map(text => {
    const [monitorKey = '', env] = text.split('@')
    return { monitorKey, ...(env !== undefined && { env }) }
  })
}

function applicable(scopes: readonly RuleScope[], key: string, env = ''): string | undefined {
  const find = createRuleFinder(scopes.map((scope, index) => ({ ...scope, rule: { failures: index + 1 } })))
  const place = find(key, env)?.failures
  const scope = place === undefined ? undefined : scopes[place - 1]
  return scope && `${scope.monitorKey}${scope.env === undefined ? '' : `@${scope.env}`}`
}

test.each([
  // The scopes, a monitor, its environment, and the scope that applies.
  [['backup', 'backup@prod'], 'backup', 'prod', 'backup@prod'],
  [['backup', 'backup@prod'], 'backup', 'test', 'backup'],
  [['backup@prod'], 'backup', 'test', undefined],
  [['backup@prod'], 'backup', '', undefined],
  [['backup'], 'backup', '', 'backup'],
  [['backup', 'back*@prod'], 'backup', 'prod', 'backup'],
  [['*', 'back*', 'b*'], 'backup', '', 'back*'],
  [['b*@prod', 'back*'], 'backup', 'prod', 'back*'],
  [['back*', 'back*@prod'], 'backup', 'prod', 'back*@prod'],
  [['back*', 'back*@prod'], 'backup', '', 'back*'],
  [['b*p', 'ba*'], 'backup', '', 'ba*'],
  [['*up', '*ck*'], 'backup', '', '*ck*'],
] as const)('of %j for %s in "%s" applies %s', (scopes, key, env, expected) => {
  expect(applicable(scopesOf(...scopes), key, env)).toBe(expected)
})

test.each([
  ['*', 'anything', true],
  ['**', 'a', true],
  ['a*', 'a', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*b*', 'abc', true],
  ['a*b*c', 'a.b.c', true],
  ['a*b*c', 'acb', false],
  ['a*bb*bc', 'abbc', false],
  ['a*bb*bc', 'abbbc', true],
  ['a.c*', 'abc', false],
  ['[a]*', 'a', false],
  ['A*', 'abc', false],
])('the pattern %s and the key %s: %s', (pattern, key, isMatch) => {
  expect(applicable(scopesOf(pattern), key)).toBe(isMatch ? pattern : undefined)
})

test('a pattern with many stars takes no longer for a key that almost matches', () => {
  // A regular expression of this pattern takes years.
  expect(applicable(scopesOf(`${'*a'.repeat(40)}*b`), 'a'.repeat(128))).toBeUndefined()
})
