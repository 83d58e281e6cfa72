import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { releaseProblems } from '../../scripts/release-check.mjs'
import { paths } from '../support/run.ts'

const complete = {
  version: '1.2.3',
  repository: { type: 'git', url: 'git+https://git.example.org/cronitor-exec.git' },
  homepage: 'https://git.example.org/cronitor-exec#readme',
  bugs: { url: 'https://git.example.org/cronitor-exec/issues' },
  author: 'Some Body <some.body@example.org>',
}

test('a release whose tag is its version and that says where the project lives may go on', () => {
  expect(releaseProblems(complete, 'v1.2.3')).toEqual([])
})

describe('a release is refused', () => {
  test.each([
    ['v1.2.4', 'the tag is v1.2.4, and package.json asks for v1.2.3'],
    ['1.2.3', 'the tag is 1.2.3, and package.json asks for v1.2.3'],
    [undefined, 'the tag is missing, and package.json asks for v1.2.3'],
  ])('with the tag %s', (tag, problem) => {
    expect(releaseProblems(complete, tag)).toEqual([problem])
  })

  test.each(['repository', 'homepage', 'bugs'] as const)('without %s', field => {
    const problem = `package.json: "${field}" is not set to a web address`
    for (const value of [undefined, '', {}, { url: '' }, 'https://example.org', 'TODO'])
      expect(releaseProblems({ ...complete, [field]: value }, 'v1.2.3'), String(value)).toEqual([problem])
  })
})

test.each([undefined, '', 'Some Body', 'some.body@example.org'])('and with the author %j', author => {
  expect(releaseProblems({ ...complete, author }, 'v1.2.3')).toEqual([
    'package.json: "author" is not set to a name and a mail address in the form `NAME <ADDRESS>`',
  ])
})

test('the script prints what is wrong, a line each, and exits with 1', () => {
  const script = join(paths.project, 'scripts/release-check.mjs')
  const { status, stderr } = spawnSync(process.execPath, [script, 'v0.0.0'], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^release-check: the tag is v0\.0\.0, and package\.json asks for v\d/)
})

describe.each(['ci.yml', 'release.yml'])('.github/workflows/%s', name => {
  const text = readFileSync(join(paths.project, '.github/workflows', name), 'utf8')

  test('is YAML that a parser reads', () => {
    // It comes with openapi-backend.
    const program =
      'console.log(JSON.stringify(require("js-yaml").load(require("fs").readFileSync(0, "utf8"))))'
    const parsed = execFileSync(process.execPath, ['-e', program], {
      cwd: paths.project,
      input: text,
      encoding: 'utf8',
    })
    const { jobs } = JSON.parse(parsed) as { jobs: Record<string, { steps: object[] }> }
    for (const { steps } of Object.values(jobs)) {
      for (const step of steps)
        expect(Object.keys(step).filter(key => key === 'run' || key === 'uses')).toHaveLength(1)
    }
  })

  test('runs scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(paths.project, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g))
      expect(Object.keys(scripts)).toContain(script)
    for (const [, file = ''] of text.matchAll(/\bnode (scripts\/\S+)/g))
      expect(readFileSync(join(paths.project, file), 'utf8')).not.toBe('')
  })

  test('uses official actions alone, each pinned to a major version', () => {
    for (const [, action] of text.matchAll(/^ *(?:- )?uses: (\S+)/gm))
      expect(action).toMatch(/^actions\/(checkout|setup-node)@v\d+$/)
  })
})

test('the oldest Node.js that package.json allows is tested, and each one that .ci/run tests', () => {
  const read = (path: string) => readFileSync(join(paths.project, path), 'utf8')
  const [, versions = ''] = /node: \[(.+)\]/.exec(read('.github/workflows/ci.yml')) ?? []
  const [, others = ''] = /^other_nodes='(.+)'$/m.exec(read('.ci/run')) ?? []
  const [, least = ''] = /"node": ">=(\d+)/.exec(read('package.json')) ?? []
  const majors = [least, ...others.split(' ')].map(version => version.split('.')[0])
  expect(versions.split(', ')).toEqual(expect.arrayContaining(majors))
})
