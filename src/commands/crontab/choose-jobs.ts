/** The jobs that `--jobs` names: monitor keys, numbers of lines, or `/etc/crontab:12`. */

import type { CrontabJob } from './jobs.ts'

export interface KeyedJob {
  readonly job: CrontabJob
  /** The one that the job has, or would get. */
  readonly key: string | undefined
}

export type ChosenJobs =
  | { readonly ok: true; readonly isChosen: (job: CrontabJob) => boolean }
  /** A sentence. */
  | { readonly ok: false; readonly problem: string }

/** @param names undefined for all jobs */
export function chooseJobs(names: readonly string[] | undefined, jobs: readonly KeyedJob[]): ChosenJobs {
  if (names === undefined) return { ok: true, isChosen: () => true }
  const chosen = new Set<CrontabJob>()
  for (const name of names) {
    const found = jobs.filter(each => isNamed(each, name)).map(({ job }) => job)
    if (found.length === 0) return { ok: false, problem: `--jobs: there is no job "${name}"` }
    const places = new Set(found.map(({ crontab }) => crontab.name))
    if (places.size > 1 && isNumber(name)) {
      const [place = ''] = places
      return {
        ok: false,
        problem: `--jobs: several crontabs have a job in line ${name}: write ${place}:${name}`,
      }
    }
    for (const job of found) chosen.add(job)
  }
  return { ok: true, isChosen: job => chosen.has(job) }
}

/** A key can consist of digits, too. */
function isNamed({ job, key }: KeyedJob, name: string): boolean {
  if (name === key) return true
  const { crontab, line } = job
  const [, place, number] = /^(?:(.+):)?(\d+)$/s.exec(name) ?? []
  if (Number(number) !== line.number) return false
  return (
    place === undefined ||
    place === crontab.name ||
    (crontab.place.kind === 'user' && place === crontab.owner)
  )
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name)
}
