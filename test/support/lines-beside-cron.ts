/** Lines of crontabs that a real cron and `cronitor try` run. The jobs must be given the same. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { CRON_FOLDER, runBesideCron } from './real-cron.ts'
import { paths } from './run.ts'

const FACTS = `${CRON_FOLDER}/job-facts.sh`

/** The lines by the names of their jobs; a number is the line of the file. */
const LINES = {
  plain: { at: '/etc/cron.d/first:1', text: `* * * * * root ${FACTS} plain; :` },
  'variables-and-input': {
    at: '/etc/cron.d/first:5',
    text: `* * * * *\tdaemon\t${FACTS} variables-and-input; :%one%two \\% %\\\\%three`,
  },
  'home-and-escapes': {
    at: '/etc/cron.d/first:9',
    text: `* * * * * root ${FACTS} home-and-escapes 'a\\%b' 'c\\\\d' "\\$HOME"; :%`,
  },
  'no-newline': { at: '/etc/cron.d/second:3', text: `* * * * * bin ${FACTS} no-newline "$0" "$-"; : %%a%` },
  'own-crontab': {
    at: '/var/spool/cron/crontabs/daemon:2',
    text: `* * * * * ${FACTS} own-crontab "$0 $-"; :`,
  },
  'no-home': { at: '/var/spool/cron/crontabs/daemon:4', text: `* * * * * ${FACTS} no-home; :` },
  // The letter is no valid UTF-8.
  bytes: { at: '/var/spool/cron/crontabs/games:2', text: `* * * * * ${FACTS} bytes "$LETTER \xe9"; :%\xe9` },
} as const

const SYSTEM = {
  first: [
    LINES.plain.text,
    '# a comment',
    'MAILTO=""',
    'QUOTED = "  two  words "',
    LINES['variables-and-input'].text,
    'HOME=/tmp',
    "LOGNAME='nobody'",
    'SHELL=/bin/bash',
    LINES['home-and-escapes'].text,
    '',
  ].join('\n'),
  second: ['PATH=/opt/a:/bin:/usr/bin', 'USER=nobody', LINES['no-newline'].text, ''].join('\n'),
}
const USERS = {
  daemon: [
    'LANG=de_DE.UTF-8',
    LINES['own-crontab'].text,
    'HOME=/nonexistent',
    LINES['no-home'].text,
    '',
  ].join('\n'),
  games: ['LETTER=\xe9', LINES.bytes.text, ''].join('\n'),
}

/** What Debian's services of PAM read. */
const ETC = {
  '/etc/environment': 'FROM_ENVIRONMENT="a b" \nexport PATH=/sbin\nCUT=a#b\n# no\nLAST=\'c\'',
  '/etc/security/pam_env.conf':
    'USERS_HOME DEFAULT=@{HOME}/x OVERRIDE=\nFROM DEFAULT="${USERS_HOME} y"\nTTY OVERRIDE=@{PAM_TTY}\n',
  '/etc/default/locale': 'LANG=C\n',
  '/etc/security/limits.conf':
    '* soft nofile 600\ndaemon hard core 8\n@bin - fsize 4000\nroot soft nofile 700\nbin soft priority 5\n',
}

/** Names of lines: `no-home` has a HOME that does not exist. */
export const LINE_NAMES = Object.keys(LINES) as readonly (keyof typeof LINES)[]

interface RealCron {
  readonly command: readonly string[]
  /** The lines that it runs. */
  readonly names: readonly (keyof typeof LINES)[]
  /** A folder for /etc/pam.d. */
  readonly pam?: string
}

/** Runs the lines both ways, and returns a function that compares what a job was given. */
export async function runLines({ command, names, pam }: RealCron): Promise<(name: string) => void> {
  // From a shell that differs in each respect.
  const differing = `umask 077; cd /usr; export TERM=dumb LANG=C CRONITOR_NODE='${paths.node}'`
  const tries = names.map(name => `'${paths.bin.cronitor}' try --quiet ${LINES[name].at}`)
  const { folder, output } = await runBesideCron({
    cron: command,
    files: {
      system: SYSTEM,
      users: USERS,
      etc: ETC,
      ...(pam !== undefined && { folders: { '/etc/pam.d': pam } }),
    },
    names,
    script: [differing, ...tries].join('\n'),
  })
  expect(output).toBe('')
  return name => {
    // A shell that is needed for bytes which are no UTF-8 changes the order of the variables.
    const facts = (by: string) => {
      const text = readFileSync(join(folder, by, name), 'latin1')
      return name === 'bytes' ? text.split('\n').sort().join('\n') : text
    }
    expect(facts('cron')).toContain('environment:')
    expect(facts('try')).toBe(facts('cron'))
  }
}
