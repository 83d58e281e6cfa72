import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { systemCertificates } from '../../src/client/system-certificates.ts'
import { tempDir } from '../support/temp.ts'
import { hasOpenssl, makeAuthority } from '../support/tls.ts'

describe.skipIf(!hasOpenssl())('the system’s certificates', () => {
  const folder = tempDir('certificates')
  const at = (name: string) => join(folder, name)
  let one = ''
  let two = ''
  beforeAll(() => {
    ;[one = '', two = ''] = [makeAuthority(), makeAuthority()].map(({ caFile }) =>
      readFileSync(caFile, 'utf8').trim(),
    )
    writeFileSync(at('bundle'), `# one\n${one}\n\n# two\n${two}\n`)
    writeFileSync(at('damaged'), `${one.replace(/\n.{20}/, '\n')}\n-----BEGIN CERTIFICATE-----\n${two}\n`)
    writeFileSync(at('empty'), 'no certificate')
    mkdirSync(at('folder'))
    writeFileSync(at('folder/one.pem'), one)
    symlinkSync('one.pem', at('folder/0123abcd.0'))
    symlinkSync('nowhere', at('folder/dangling.pem'))
    mkdirSync(at('folder/sub'))
    writeFileSync(at('folder/two.crt'), two)
    execFileSync('mkfifo', [at('fifo'), at('folder/fifo')])
  })

  test('are those of SSL_CERT_FILE', () => {
    expect(systemCertificates({ SSL_CERT_FILE: at('bundle') })).toEqual({ certificates: [one, two] })
  })

  test('are those of SSL_CERT_DIR, each once; other files are skipped', () => {
    const { certificates, problem } = systemCertificates({ SSL_CERT_DIR: `/no/such/folder:${at('folder')}` })
    expect([...certificates].sort()).toEqual([one, two].sort())
    expect(problem).toBe('SSL_CERT_DIR /no/such/folder: does not exist')
  })

  test('are those of both if both are set', () => {
    writeFileSync(at('one'), one)
    const { certificates } = systemCertificates({ SSL_CERT_FILE: at('one'), SSL_CERT_DIR: at('folder') })
    expect(certificates).toHaveLength(2)
  })

  test('are in the distribution’s bundle if neither is set', () => {
    const bundles = ['/no/such/file', at('empty'), at('bundle'), at('one')]
    expect(systemCertificates({}, bundles, 'linux')).toEqual({ certificates: [one, two] })
    expect(systemCertificates({ SSL_CERT_FILE: '' }, bundles, 'linux')).toEqual({ certificates: [one, two] })
    expect(systemCertificates({ SSL_CERT_FILE: at('none') }, bundles, 'linux').certificates).toEqual([])
    expect(systemCertificates({}, ['/no/such/file'], 'linux')).toEqual({ certificates: [] })
  })

  test('are read despite damaged ones', () => {
    expect(systemCertificates({ SSL_CERT_FILE: at('damaged') })).toEqual({ certificates: [two] })
  })

  test.each([
    ['missing', 'missing', 'does not exist'],
    ['a folder', 'folder', 'is not a regular file'],
    ['a FIFO that nobody writes to', 'fifo', 'is not a regular file'],
    ['without a certificate', 'empty', 'holds no certificate'],
  ])('in a file that is %s are a problem', (_what, name, problem) => {
    expect(systemCertificates({ SSL_CERT_FILE: at(name) })).toEqual({
      certificates: [],
      problem: `SSL_CERT_FILE ${at(name)}: ${problem}`,
    })
  })

  test('in a device or an endless file are not read', () => {
    expect(systemCertificates({ SSL_CERT_FILE: '/dev/zero' }).problem).toContain('is not a regular file')
    execFileSync('truncate', ['-s', '17M', at('large')])
    expect(systemCertificates({ SSL_CERT_FILE: at('large') }).problem).toContain('is larger than')
  })
})
