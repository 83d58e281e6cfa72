import { expect, test } from 'vitest'
import { currentUser, findUser, groupsOf } from '../../src/system/user-account.ts'

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
alice:x:1001:1002:Alice,,,:/home/alice:/bin/sh
`

const lookUp = (getent: Readonly<Record<string, string>> = {}) => ({
  passwd: () => PASSWD,
  getent: (key: string) => getent[key] ?? '',
})

test('a user of the local file is found by name', () => {
  expect(findUser('alice', lookUp())).toEqual({
    name: 'alice',
    uid: 1001,
    gid: 1002,
    home: '/home/alice',
    shell: '/bin/sh',
  })
  expect(findUser('bob', lookUp())).toBeUndefined()
})

test('a user of the name service is found, but not one of another name that it returns', () => {
  const ldap = lookUp({
    carol: 'carol:*:5000:5000::/home/carol:/bin/zsh\n',
    1001: 'alice:x:1001:1002::/:/bin/sh\n',
  })
  expect(findUser('carol', ldap)).toMatchObject({ uid: 5000, shell: '/bin/zsh' })
  expect(findUser('1001', ldap)).toBeUndefined()
})

test('the user of this process has its number, and at least one group', () => {
  const user = currentUser()
  expect(user?.uid).toBe(process.geteuid?.())
  if (user !== undefined) expect(groupsOf(user)).toContain(user.gid)
})
