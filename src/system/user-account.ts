/** Users of this host, as passwd(5) and the name service have them. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface UserAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

/** Undefined if there is no such user. Users that are not in the local file (LDAP) are found with getent(1). */
export function findUser(name: string, lookUp: UserLookUp = hostLookUp): UserAccount | undefined {
  const isName = (account: UserAccount) => account.name === name
  return accountsIn(lookUp.passwd()).find(isName) ?? accountsIn(lookUp.getent(name)).find(isName)
}

/** The user of this process; undefined if the number has no name, as in some containers. */
export function currentUser(lookUp: UserLookUp = hostLookUp): UserAccount | undefined {
  const uid = process.geteuid?.()
  if (uid === undefined) return undefined
  const hasNumber = (account: UserAccount) => account.uid === uid
  return accountsIn(lookUp.passwd()).find(hasNumber) ?? accountsIn(lookUp.getent(String(uid))).find(hasNumber)
}

/** The numbers of all groups of a user, also of those that only have the user as a member. */
export function groupsOf(user: UserAccount): readonly number[] {
  const { stdout } = spawnSync('id', ['-G', user.name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const groups = (stdout ?? '')
    .trim()
    .split(/\s+/)
    .filter(text => /^\d+$/.test(text))
  return [...new Set([user.gid, ...groups.map(Number)])]
}

export interface UserLookUp {
  /** The text of /etc/passwd. */
  readonly passwd: () => string
  /** The line of a user's name or number; else empty. */
  readonly getent: (key: string) => string
}

const hostLookUp: UserLookUp = {
  passwd() {
    try {
      return readFileSync('/etc/passwd', 'utf8')
    } catch {
      return ''
    }
  },
  getent(key) {
    // A name that looks like an option finds nobody.
    if (key.startsWith('-')) return ''
    return (
      spawnSync('getent', ['passwd', key], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
        .stdout ?? ''
    )
  },
}

function accountsIn(passwd: string): UserAccount[] {
  return passwd.split('\n').flatMap(line => {
    const [name = '', , uid = '', gid = '', , home = '', shell = ''] = line.split(':')
    if (name === '' || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return []
    return [{ name, uid: Number(uid), gid: Number(gid), home, shell }]
  })
}
