import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CronDialect, CrontabFile, CrontabLine, JobLine } from '../../src/crontab/crontab-file.ts'
import { crontabText, parseCrontab } from '../../src/crontab/parse-crontab.ts'
import { unwrapLine } from '../../src/crontab/unwrap-line.ts'
import { wrapLine } from '../../src/crontab/wrap-line.ts'
import { CRONTAB_FORMS, generatedCrontab, harmlessCommand } from '../support/generated-crontabs.ts'

const RUNS = 5000

const LAUNCHER = '/opt/my tools/cronitor-exec'
const OPTIONS = ['--env', "it's 5%"]

/** The file with each line replaced; what `change` leaves stays as it is. */
function changed(file: CrontabFile, change: (line: CrontabLine) => string | undefined): CrontabFile {
  return parseCrontab(file.lines.map(line => change(line) ?? line.text).join(''), file)
}

function wrapped(file: CrontabFile): CrontabFile {
  const { dialect } = file
  return changed(file, line => {
    if (line.kind !== 'job') return undefined
    const key = `job-${line.number}`
    const result = wrapLine(line, { dialect, launcher: LAUNCHER, options: OPTIONS, key })
    return result.ok ? result.text : undefined
  })
}

function unwrapped(file: CrontabFile): CrontabFile {
  return changed(file, line => {
    const result = line.kind === 'job' ? unwrapLine(line, file.dialect) : undefined
    return result?.ok ? result.text : undefined
  })
}

/** What cron hands over, written as the manual says it and not as src/crontab does it: one character after the other. */
function handedOver(
  command: string,
  dialect: CronDialect,
): { readonly shell: string; readonly stdin: string } {
  let shell = ''
  let at = 0
  while (at < command.length && command[at] !== '%') {
    if (command[at] === '\\' && at + 1 < command.length) {
      const next = command[at + 1] ?? ''
      shell += next === '%' || (next === '\\' && dialect === 'debian') ? next : `\\${next}`
      at += 2
    } else {
      shell += command[at] ?? ''
      at += 1
    }
  }
  let stdin = ''
  at += 1
  while (at < command.length) {
    const isEscaped = command[at] === '\\' && command[at + 1] === '%'
    const isLineEnd = command[at] === '%'
    stdin += isEscaped ? '%' : isLineEnd ? '\n' : (command[at] ?? '')
    at += isEscaped ? 2 : 1
  }
  const [lastLine = ''] = stdin.split('\n').slice(-1)
  return { shell, stdin: /[^\\]/.test(lastLine) ? `${stdin}\n` : stdin }
}

/** The words of a command line that has nothing but quotes and escapes for the shell. */
function shellWords(line: string): readonly string[] {
  const words = ['']
  let isQuoted = false
  let isEscaped = false
  for (const character of line) {
    const last = words.length - 1
    const isLiteral: boolean = isEscaped || (isQuoted && character !== "'")
    isEscaped = !isLiteral && character === '\\'
    if (isLiteral) words[last] += character
    else if (character === "'") isQuoted = !isQuoted
    else if (character === ' ') words.push('')
    else if (!isEscaped) words[last] += character
  }
  return words
}

function jobsOf(file: CrontabFile) {
  return file.lines.filter(line => line.kind === 'job')
}

/** Pairs of lines that differ by the wrapper. */
function changedPairs(before: CrontabFile, after: CrontabFile) {
  const originals = new Map(jobsOf(before).map(job => [job.number, job]))
  return jobsOf(after).flatMap(job => {
    const original = originals.get(job.number)
    return original === undefined || original.text === job.text ? [] : [{ original, job }]
  })
}

/** All but text and command. */
function surroundings({ schedule, user, prefix, commandStart, variables }: JobLine): string {
  return JSON.stringify([schedule, user, prefix, commandStart, variables])
}

describe.each(CRONTAB_FORMS)('$dialect, with a user column: $hasUserColumn', form => {
  const { dialect } = form

  test('wrapped, wrapped again and unwrapped: byte for byte, and the shell gets the same command and input', () => {
    let pairs = 0
    fc.assert(
      fc.property(generatedCrontab(form), crontab => {
        const file = parseCrontab(crontab.text, form)
        expect(crontabText(file)).toBe(crontab.text)
        expect(file.lines).toHaveLength(crontab.lines.length)
        const hasOpenEnd = crontab.text !== '' && !crontab.text.endsWith('\n')
        for (const [index, { kind, command }] of crontab.lines.entries()) {
          const isOpen = hasOpenEnd && index === crontab.lines.length - 1
          // cron does not take a last line without a line feed, unless it is a comment.
          if (isOpen && kind !== 'text') expect(file.lines[index]).toMatchObject({ kind: 'broken' })
          else expect(file.lines[index]).toMatchObject(command === undefined ? { kind } : { kind, command })
        }
        const once = wrapped(file)
        expect(crontabText(wrapped(once))).toBe(crontabText(once))
        expect(crontabText(unwrapped(once))).toBe(crontab.text)
        for (const { original, job } of changedPairs(file, once)) {
          pairs += 1
          const before = handedOver(original.command, dialect)
          const after = handedOver(job.command, dialect)
          const back = unwrapLine(job, dialect)
          expect({ words: shellWords(after.shell), stdin: after.stdin, back: back.ok && back.text }).toEqual({
            words: ['exec', LAUNCHER, ...OPTIONS, `job-${job.number}`, before.shell],
            stdin: before.stdin,
            back: original.text,
          })
          expect(surroundings(job)).toBe(surroundings(original))
        }
      }),
      { numRuns: RUNS },
    )
    expect(pairs).toBeGreaterThan(RUNS)
  })

  test.each(['/bin/sh', '/bin/bash'].filter(existsSync))('%s reads the words as the model does', shell => {
    const crontabs = [
      ...fc.sample(generatedCrontab(form), 300),
      ...fc.sample(generatedCrontab(form, harmlessCommand()), 300),
    ]
    const pairs = crontabs.flatMap(({ text }) => {
      const file = parseCrontab(text, form)
      return changedPairs(file, wrapped(file))
    })
    // Instead of the wrapper, printf shows its arguments.
    const front = `exec '${LAUNCHER}' `
    const script = pairs.map(({ job }) => {
      const { shell: line } = handedOver(job.command, dialect)
      return `printf '%s\\0' ${line.slice(front.length)}`
    })
    const output = execFileSync(shell, {
      input: Buffer.from(script.join('\n'), 'latin1'),
      encoding: 'latin1',
    })
    expect(output.split('\0').slice(0, -1)).toEqual(
      pairs.flatMap(({ original, job }) => [
        ...OPTIONS,
        `job-${job.number}`,
        handedOver(original.command, dialect).shell,
      ]),
    )
  })
})
