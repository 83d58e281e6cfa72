/** What `cronitor try` says about a job before it runs: commands that cron does not find, and how this shell differs. */

import type { EnvironmentDifferences } from './differences.ts'
import type { CommandFinding } from './find-commands.ts'
import { type LimitChange, limitText } from './resource-limits.ts'

export interface JobFacts {
  /** `line 3 of /etc/crontab`. */
  readonly title: string
  /** `Debian's cron` or `cronie`. */
  readonly cron: string
  readonly user: string
  readonly commands: readonly CommandFinding[]
  /** The job's PATH. */
  readonly path: string
  readonly environment: EnvironmentDifferences
  readonly umask: { readonly job: number; readonly here: number }
  readonly refusedLimits: readonly LimitChange[]
  /** The nice value, if only root could give it to the job. */
  readonly refusedPriority: number | undefined
  readonly unknownModules: readonly string[]
  readonly hasInput: boolean
}

/** One line each. */
export function remarksOnJob(facts: JobFacts): readonly string[] {
  const { environment, umask } = facts
  return [
    `${facts.title}, as ${facts.cron} runs it for ${facts.user}`,
    ...facts.commands.map(finding => commandRemark(finding, facts.path)),
    ...environment.changed.map(({ name, job, here }) => `${name} is ${shown(job)}; here ${shown(here)}`),
    ...list('another value than here', environment.otherValues),
    ...list('not set', environment.missing),
    ...(umask.job === umask.here ? [] : [`umask is ${octal(umask.job)}; here ${octal(umask.here)}`]),
    `no terminal; the input is ${facts.hasInput ? 'what stands behind %' : 'empty'}`,
    ...facts.refusedLimits.map(
      ({ name, soft, hard }) =>
        `under cron the limit ${name} is ${limitText(soft)} (hard ${limitText(hard)}), which only root can set`,
    ),
    ...(facts.refusedPriority === undefined
      ? []
      : [`under cron the nice value is ${facts.refusedPriority}, which only root can set`]),
    ...list('cron also runs modules of PAM whose effect is not known here', facts.unknownModules),
  ]
}

function commandRemark(finding: CommandFinding, path: string): string {
  const { name } = finding
  switch (finding.kind) {
    case 'only-here':
      return `cron does not find ${name}: its PATH is ${path}; here it is ${finding.here}`
    case 'nowhere':
      return `cron does not find ${name}: its PATH is ${path}; this shell does not find it either`
    case 'another':
      return `${name} is ${finding.job}; here ${finding.here}`
    case 'no-program':
      return `cron does not find ${name}: there is no such program`
    default:
      return finding satisfies never
  }
}

function list(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(', ')}`]
}

function shown(value: string): string {
  return value === '' ? 'empty' : value
}

export function octal(umask: number): string {
  return umask.toString(8).padStart(4, '0')
}
