/** The groups of a user with their names (id(1)). */

import { spawnSync } from 'node:child_process'

export interface UserGroup {
  readonly name: string
  readonly gid: number
}

export function namedGroups(user: string): readonly UserGroup[] {
  const names = wordsOf('-Gn', user)
  return wordsOf('-G', user).map((gid, index) => ({ gid: Number(gid), name: names[index] ?? '' }))
}

function wordsOf(option: string, user: string): readonly string[] {
  const { stdout } = spawnSync('id', [option, user], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return (stdout ?? '').split(/\s+/).filter(word => word !== '')
}
