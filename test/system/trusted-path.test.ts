import { chmodSync, chownSync, constants, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkTrusted } from '../../src/system/trusted-path.ts'
import { tempDir } from '../support/temp.ts'

const ME = process.geteuid?.() ?? 0

describe('on a real file system', () => {
  function folder(parent: string, name: string, mode: number): string {
    const path = join(parent, name)
    mkdirSync(path)
    chmodSync(path, mode) // whatever the umask is
    return path
  }

  function file(parent: string, name: string, mode = 0o600): string {
    const path = join(parent, name)
    writeFileSync(path, '{}')
    chmodSync(path, mode)
    return path
  }

  test('a file of our own in folders of our own is trusted', () => {
    // The temporary folder itself is a sticky one on most systems.
    expect(checkTrusted(file(folder(tempDir(), 'a', 0o755), 'f', 0o644), { euid: ME })).toEqual({ ok: true })
  })

  test.each([
    [0o666, 'is writable by everyone'],
    [0o602, 'is writable by everyone'],
    [0o660, 'is writable by its group'],
    [0o1602, 'is writable by everyone'],
  ])('a file of mode %o is not', (mode, words) => {
    const path = file(tempDir(), 'f', mode)
    expect(checkTrusted(path, { euid: ME, isPrivateGroup: () => false })).toEqual({
      ok: false,
      why: 'refused',
      problem: `${path} ${words}`,
    })
  })

  test.each([
    [0o777, 'is writable by everyone'],
    [0o775, 'is writable by its group'],
    [0o2770, 'is writable by its group'],
  ])('a file somewhere below a folder of mode %o is not', (mode, words) => {
    const open = folder(tempDir(), 'open', mode)
    const path = file(folder(open, 'closed', 0o700), 'f')
    expect(checkTrusted(path, { euid: ME, isPrivateGroup: () => false })).toEqual({
      ok: false,
      why: 'refused',
      problem: `${open} ${words}`,
    })
  })

  test('a sticky folder may stand above what is ours, but may not be the end itself', () => {
    const sticky = folder(tempDir(), 'sticky', 0o1777)
    expect(checkTrusted(file(sticky, 'f'), { euid: ME }).ok).toBe(true)
    expect(checkTrusted(folder(sticky, 'd', 0o700), { euid: ME }).ok).toBe(true)
    const refusal = { ok: false, why: 'refused', problem: `${sticky} is writable by everyone` }
    expect(checkTrusted(sticky, { euid: ME })).toEqual(refusal)
    expect(checkTrusted(join(sticky, 'd', '..'), { euid: ME })).toEqual(refusal)
  })

  test("a link out of a trusted folder is judged by its target's folders too", () => {
    const base = tempDir()
    const open = folder(base, 'open', 0o777)
    const target = file(open, 'f')
    const closed = folder(base, 'closed', 0o700)
    for (const to of [target, '../open/f']) {
      const link = join(closed, to === target ? 'absolute' : 'relative')
      symlinkSync(to, link)
      expect(checkTrusted(link, { euid: ME })).toEqual({
        ok: false,
        why: 'refused',
        problem: `${open} is writable by everyone`,
      })
    }
  })

  test('a link that stands in a folder that others can write is not trusted, whatever it leads to', () => {
    const base = tempDir()
    const open = folder(base, 'open', 0o777)
    const target = file(base, 'f')
    symlinkSync(target, join(open, 'link'))
    symlinkSync(join(open, 'link'), join(base, 'link'))
    expect(checkTrusted(target, { euid: ME }).ok).toBe(true)
    expect(checkTrusted(join(base, 'link'), { euid: ME })).toMatchObject({
      problem: `${open} is writable by everyone`,
    })
  })

  test('links through folders of our own are followed, also upwards', () => {
    const base = tempDir()
    const deep = folder(folder(base, 'a', 0o755), 'b', 0o755)
    file(base, 'f')
    symlinkSync('a/b', join(base, 'down'))
    symlinkSync('../../f', join(deep, 'up'))
    expect(checkTrusted(join(base, 'down', 'up'), { euid: ME })).toEqual({ ok: true })
    // `down/..` is `a`, not `base`: there is no `f`.
    expect(checkTrusted(`${base}/down/../f`, { euid: ME })).toMatchObject({ why: 'missing' })
    expect(checkTrusted(`${base}/down/../../f`, { euid: ME })).toEqual({ ok: true })
  })

  test('links that go round in circles are refused', () => {
    const base = tempDir()
    symlinkSync('b', join(base, 'a'))
    symlinkSync('a', join(base, 'b'))
    expect(checkTrusted(join(base, 'a'), { euid: ME })).toMatchObject({
      why: 'refused',
      problem: expect.stringContaining('too many symbolic links'),
    })
  })

  test('what is missing is told from what is refused, and named', () => {
    const base = tempDir()
    expect(checkTrusted(join(base, 'a', 'b'), { euid: ME })).toEqual({
      ok: false,
      why: 'missing',
      problem: `${join(base, 'a')} does not exist`,
    })
    const open = folder(base, 'open', 0o777)
    expect(checkTrusted(join(open, 'a'), { euid: ME })).toMatchObject({ why: 'refused' })
  })

  test('a path that goes on below a file is refused', () => {
    const path = file(tempDir(), 'f')
    expect(checkTrusted(join(path, 'x'), { euid: ME })).toMatchObject({
      why: 'refused',
      problem: `${path} is not a folder`,
    })
    expect(checkTrusted(`${path}/../f`, { euid: ME })).toMatchObject({ why: 'refused' })
  })

  test.skipIf(ME !== 0)("another user's file is refused (only root can make one)", () => {
    const base = tempDir()
    const path = join(base, 'f')
    file(base, 'f')
    chownSync(path, 12_345, 0)
    expect(checkTrusted(path, { euid: 0 })).toMatchObject({
      problem: `${path} belongs to another user (12345)`,
    })
    expect(checkTrusted(path, { euid: 12_345 })).toEqual({ ok: true })
  })
})

describe('on a file system of the test', () => {
  type Node = { uid: number; gid: number; mode: number; target?: string }
  const dir = (uid = 0, mode = 0o755): Node => ({ uid, gid: uid, mode: constants.S_IFDIR | mode })
  const plain = (uid = 0, mode = 0o644): Node => ({ uid, gid: uid, mode: constants.S_IFREG | mode })
  const link = (target: string, uid = 0): Node => ({ uid, gid: uid, mode: constants.S_IFLNK | 0o777, target })

  function check(nodes: Record<string, Node>, path: string, euid: number, cwd = () => '/') {
    const find = (at: string): Node => {
      const node = nodes[at]
      if (node === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' })
      return node
    }
    return checkTrusted(path, { euid, cwd, lstat: find, readlink: at => find(at).target ?? '' })
  }

  const home = {
    '/': dir(),
    '/home': dir(),
    '/home/me': dir(1000, 0o700),
    '/home/me/f': plain(1000),
    '/home/other': dir(1001),
    '/home/other/f': plain(1000),
    '/tmp': dir(0, 0o1777),
    '/tmp/mine': link('/home/me/f', 1000),
    '/tmp/theirs': link('/home/me/f', 1001),
  }

  test("a user's own files are trusted by that user alone", () => {
    expect(check(home, '/home/me/f', 1000).ok).toBe(true)
    expect(check(home, '/home/me/f', 0)).toMatchObject({
      problem: '/home/me belongs to another user (1000)',
    })
    expect(check(home, '/home/me/f', 1001).ok).toBe(false)
  })

  test("a file of our own in another user's folder is refused", () => {
    expect(check(home, '/home/other/f', 1000)).toMatchObject({
      problem: '/home/other belongs to another user (1001)',
    })
  })

  test('a link in /tmp is followed only where it is our own', () => {
    expect(check(home, '/tmp/mine', 1000).ok).toBe(true)
    expect(check(home, '/tmp/theirs', 1000)).toMatchObject({
      problem: '/tmp/theirs belongs to another user (1001)',
    })
  })

  test('a sticky folder of another user is refused, for its owner can rename what is in it', () => {
    const nodes = { '/': dir(), '/pub': dir(1001, 0o1777), '/pub/f': plain(1000) }
    expect(check(nodes, '/pub/f', 1000)).toMatchObject({ problem: '/pub belongs to another user (1001)' })
  })

  test('the root folder itself is looked at', () => {
    expect(check({ '/': dir(0, 0o777), '/f': plain() }, '/f', 0)).toMatchObject({
      problem: '/ is writable by everyone',
    })
    expect(check({ '/': dir() }, '/', 0)).toEqual({ ok: true })
  })

  test('a relative path starts at the working directory', () => {
    expect(check(home, 'f', 1000, () => '/home/me').ok).toBe(true)
    expect(check(home, '../other/f', 1000, () => '/home/me').ok).toBe(false)
  })

  test('a working directory that is gone is a refusal, not an exception', () => {
    const gone = () => {
      throw Object.assign(new Error('uv_cwd'), { code: 'ENOENT' })
    }
    expect(check(home, 'f', 1000, gone)).toMatchObject({ why: 'refused' })
  })

  test('a folder that may not be searched is a refusal, not an exception', () => {
    const trust = checkTrusted('/root/f', {
      euid: 1000,
      lstat: at => {
        if (at !== '/root/f') return dir()
        throw Object.assign(new Error('no'), { code: 'EACCES' })
      },
    })
    expect(trust).toEqual({
      ok: false,
      why: 'refused',
      problem: '/root/f cannot be read: permission denied',
    })
  })

  test("a group that is the owner's alone may write, another one may not", () => {
    const groups = {
      '/': dir(),
      '/home': dir(),
      '/home/me': dir(1000, 0o775),
      '/home/me/f': plain(1000, 0o664),
    }
    const trust = (isPrivate: boolean) =>
      checkTrusted('/home/me/f', {
        euid: 1000,
        isPrivateGroup: (gid, uid) => isPrivate && gid === 1000 && uid === 1000,
        lstat: at => groups[at as keyof typeof groups],
      })
    expect(trust(true)).toEqual({ ok: true })
    expect(trust(false)).toMatchObject({ problem: '/home/me is writable by its group' })
  })

  test("folders of a host's root, which has no number in this user namespace, may stand above, but be no end", () => {
    const nodes = { '/': dir(65_534), '/data': dir(65_534), '/data/f': plain(0), '/data/g': plain(65_534) }
    const trust = (path: keyof typeof nodes, mode?: number) =>
      checkTrusted(path, {
        euid: 0,
        isUnmapped: uid => uid === 65_534,
        lstat: at => (at === '/data' && mode ? dir(65_534, mode) : nodes[at as keyof typeof nodes]),
      })
    expect(trust('/data/f')).toEqual({ ok: true })
    expect(trust('/data/g')).toMatchObject({ problem: '/data/g belongs to another user (65534)' })
    expect(trust('/data/f', 0o777)).toMatchObject({ problem: '/data is writable by everyone' })
    expect(
      checkTrusted('/data/f', { euid: 0, isUnmapped: () => false, lstat: () => dir(65_534) }),
    ).toMatchObject({
      problem: '/ belongs to another user (65534)',
    })
  })

  test('40 links are followed, 41 are not', () => {
    const chain = (length: number) => {
      const nodes: Record<string, Node> = { '/': dir(), '/0': plain() }
      for (let at = 1; at <= length; at++) nodes[`/${at}`] = link(`${at - 1}`)
      return check(nodes, `/${length}`, 0)
    }
    expect(chain(40).ok).toBe(true)
    expect(chain(41).ok).toBe(false)
  })

  test('one step that is open to others or of another user spoils any path', () => {
    const spoilt = [dir(0, 0o775), dir(0, 0o757), dir(1001), dir(1001, 0o1777)]
    fc.assert(
      fc.property(fc.nat({ max: 6 }), fc.constantFrom(...spoilt), (bad, node) => {
        const nodes: Record<string, Node> = { '/': dir() }
        let path = ''
        for (let at = 0; at < 7; at++) {
          path += `/${at}`
          nodes[path] = at === bad ? node : dir(at % 2 === 0 ? 0 : 1000)
        }
        expect(check(nodes, path, 1000).ok).toBe(false)
        nodes[path.slice(0, 2 * (bad + 1))] = dir(1000)
        expect(check(nodes, path, 1000).ok).toBe(true)
      }),
    )
  })
})
