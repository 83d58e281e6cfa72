/** Says why cron does not run a line, and what to write instead. */

import type { BrokenLine, CrontabFile } from '../crontab-file.ts'
import type { Finding, FindingKind } from '../finding.ts'

export function describeBroken({ text, number, problem }: BrokenLine, { dialect }: CrontabFile): Finding {
  const effect =
    dialect === 'debian'
      ? "Debian's cron ignores the whole file because of this line"
      : 'cronie ignores this line'
  const { kind, reason = problem, advice }: Advice = adviceFor(text)
  const message = [`${effect}: ${reason}`, ...(advice === undefined ? [] : [advice])].join('; ')
  return { kind, line: number, level: 'error', message }
}

interface Advice {
  readonly kind: FindingKind
  /** In the place of the problem that cron reports. */
  readonly reason?: string
  readonly advice?: string
}

function adviceFor(text: string): Advice {
  if (!text.endsWith('\n')) return { kind: 'missing-line-feed', advice: 'add a line feed' }
  const [, empty] = /^[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t\r]*\n$/.exec(text) ?? []
  if (empty !== undefined) {
    return { kind: 'empty-variable', reason: `${empty} has no value`, advice: `write ${empty}=""` }
  }
  if (/^[ \t]*\r\n$/.test(text)) {
    const reason = 'it has nothing but a CR, which is no empty line for cron'
    return { kind: 'carriage-return', reason, advice: 'end the lines with LF, not CRLF' }
  }
  if (/^[ \t]*export[ \t]/.test(text))
    return { kind: 'broken-line', advice: 'write the variable without "export"' }
  return { kind: 'broken-line' }
}
