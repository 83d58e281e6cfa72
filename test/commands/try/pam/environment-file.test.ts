import { expect, test } from 'vitest'
import { applyEnvironmentFile } from '../../../../src/commands/try/pam/environment-file.ts'

function variablesOf(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const variables = new Map(Object.entries(before))
  applyEnvironmentFile(text, variables)
  return Object.fromEntries(variables)
}

/** Each was tried with pam_env of Linux-PAM 1.5.2, or follows from its source. */
test.each([
  ['A=1\nB=2\n', { A: '1', B: '2' }],
  ['  export A="x y"\n', { A: 'x y' }],
  ["A='x'\n", { A: 'x' }],
  ['A=x # a comment\n', { A: 'x ' }],
  ['# A=1\n\n \t\nB=2', { B: '2' }],
  // Only a quote at the very end is dropped.
  ['A="x y" \n', { A: 'x y" ' }],
  ['A=x"y"\n', { A: 'x"y"' }],
  ['A="it\'s"\n', { A: "it's" }],
  ['A=$HOME\n', { A: '$HOME' }],
  ['A=\n', { A: '' }],
  ['A=1 \\\n2\n', { A: '1 2' }],
  ['A-B=1\n=2\nC D=3\n', {}],
])('%j sets %j', (text, expected) => {
  expect(variablesOf(text)).toEqual(expected)
})

test('a name alone removes the variable', () => {
  expect(variablesOf('A\nB=3\n', { A: '1', B: '2' })).toEqual({ B: '3' })
})
