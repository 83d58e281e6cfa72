import { expect, test } from 'vitest'
import { applyEnvironmentConfig } from '../../../../src/commands/try/pam/environment-config.ts'

function variablesOf(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const variables = new Map(Object.entries(before))
  applyEnvironmentConfig(text, variables, { HOME: '/home/ann', PAM_USER: 'ann' })
  return Object.fromEntries(variables)
}

test.each([
  ['A DEFAULT=x\n', { A: 'x' }],
  ['A\tDEFAULT="x y" OVERRIDE=z\n', { A: 'z' }],
  ['A DEFAULT=@{HOME}/bin\nB DEFAULT=${A}:\\$C\n', { A: '/home/ann/bin', B: '/home/ann/bin:$C' }],
  ['A DEFAULT=x OVERRIDE=${UNSET}\n', { A: 'x' }],
  ['A DEFAULT=""\n', { A: '' }],
  ['A DEFAULT=@{PAM_RHOST}\n', { A: '' }],
  ['#A DEFAULT=x\nB DEFAULT=y # z\n', { B: 'y' }],
  // A line of another form is ignored.
  ['A DEFAULT=x other\nB=1\nC DEFAULT="x\n', {}],
])('%j sets %j', (text, expected) => {
  expect(variablesOf(text)).toEqual(expected)
})

test.each(['A\n', 'A DEFAULT=\n', 'A DEFAULT= OVERRIDE=${UNSET}\n'])('%j removes the variable', text => {
  expect(variablesOf(text, { A: '1', B: '2' })).toEqual({ B: '2' })
})
