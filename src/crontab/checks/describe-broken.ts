/** Says why cron does not run a line, and what to write instead. */

import type { BrokenLine, CrontabFile } from '../crontab-file.ts'
import type { Finding, FindingKind } from '../finding.ts'

export function describeBroken({ text, number, problem }: BrokenLine, { dialect }: CrontabFile): Finding {
  const effect =
    dialect === 'debian'
      ? "Debian's cron ignores the whole file because of this line"
      : 'cronie ignores this line'
  const { kind, advice }: { kind: FindingKind; advice: string } = !text.endsWith('\n')
    ? { kind: 'missing-line-feed', advice: '; end the file with a line feed' }
    : adviceFor(text)
  return { kind, line: number, level: 'error', message: `${effect}: ${problem}${advice}` }
}

function adviceFor(text: string): { kind: FindingKind; advice: string } {
  const [, empty] = /^[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t\r]*\n$/.exec(text) ?? []
  if (empty !== undefined) return { kind: 'empty-variable', advice: `; write ${empty}=""` }
  if (/^[ \t]*\r\n$/.test(text)) {
    return { kind: 'carriage-return', advice: ': an empty line ends with CRLF; end the lines with LF alone' }
  }
  if (/^[ \t]*export[ \t]/.test(text))
    return { kind: 'broken-line', advice: '; write the variable without "export"' }
  return { kind: 'broken-line', advice: '' }
}
