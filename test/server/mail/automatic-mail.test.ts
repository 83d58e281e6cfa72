import { expect, test } from 'vitest'
import { isAutomatic } from '../../../src/server/mail/automatic-mail.ts'

test.each([[[]], [['no']], [['NO']], [[' no ']], [['no (a person)']], [['(x) no; a=b']]])(
  '%j is not',
  values => {
    expect(isAutomatic(values)).toBe(false)
  },
)

test.each([
  [['auto-generated']],
  [['Auto-Replied']],
  [['auto-notified; owner-email="a@b"']],
  [['no', 'auto-replied']],
  [['(no) auto-replied']],
  [['nothing of the kind']],
])('%j is', values => {
  expect(isAutomatic(values)).toBe(true)
})
