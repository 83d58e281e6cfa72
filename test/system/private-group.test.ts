import { expect, test } from 'vitest'
import { isPrivateGroup } from '../../src/system/private-group.ts'
import { isUnmappedUser } from '../../src/system/unmapped-user.ts'

const PASSWD = `root:x:0:0:root:/root:/bin/bash
alice:x:1000:1000::/home/alice:/bin/sh
bob:x:1001:1001::/home/bob:/bin/sh
carol:x:1002:1002::/home/carol:/bin/sh
dave:x:1003:1002::/home/dave:/bin/sh
erin:x:1004:1004::/home/erin:/bin/sh
`
const GROUP = `root:x:0:
alice:x:1000:
bob:x:1001:bob,alice
carol:x:1002:
staff:x:1004:
frank:x:1005:
`
const read = (path: string) => (path === '/etc/passwd' ? PASSWD : GROUP)

test.each([
  [1000, 1000, true, 'the primary group of its name with no members'],
  [1001, 1001, false, 'has another member'],
  [1002, 1002, false, 'is the primary group of another user too'],
  [1004, 1004, false, 'has another name than the user'],
  [1000, 1001, false, "is another user's"],
  [1005, 1005, false, 'belongs to a user who is not in the file, as with LDAP'],
  [2000, 1000, false, 'is not in the file'],
  [0, 0, false, "is root's, which containers give to users of any number"],
])('the group %i of user %i: private is %s, since it %s', (gid, uid, expected) => {
  expect(isPrivateGroup(gid, uid, read)).toBe(expected)
})

test('without the files no group is private', () => {
  const missing = () => {
    throw new Error('ENOENT')
  }
  expect(isPrivateGroup(1000, 1000, missing)).toBe(false)
  expect(isPrivateGroup(1000, 1000, () => '')).toBe(false)
})

test.each([
  ['0 1000 1\n', 65_534, true],
  ['         0          0 4294967295\n', 65_534, false],
  ['0 1000 1\n1 100000 65536\n', 65_534, false],
  ['0 1000 1\n1 100000 65536\n', 1000, false],
  ['1000 1000 1\n', 65_534, true],
])('in a namespace with the users %j, %i is unmapped: %s', (map, uid, expected) => {
  expect(isUnmappedUser(uid, path => (path.endsWith('uid_map') ? map : '65534\n'))).toBe(expected)
})

test('where the kernel has no such files, nobody is unmapped', () => {
  const missing = () => {
    throw new Error('ENOENT')
  }
  expect(isUnmappedUser(65_534, missing)).toBe(false)
})
