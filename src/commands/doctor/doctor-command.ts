/** The command lines of `cronitor doctor` and `cronitor configure`. */

import type { Command } from 'commander'
import { flagsOf, newCommand } from '../command-line.ts'
import type { ConfigureFlags, DoctorFlags } from './doctor-flags.ts'
import { CONFIGURE_OPTIONS, DOCTOR_OPTIONS } from './doctor-options.ts'

const DOCTOR_EXAMPLES = `
Examples:
  cronitor doctor
  cronitor doctor --send nightly-backup
  cronitor doctor --json

Exit status: 0 events of this user arrive, 1 they do not arrive now, 2 the
command line is wrong. More: man cronitor-doctor`

export function doctorCommand(): Command {
  return newCommand('doctor', DOCTOR_OPTIONS)
    .description('Check whether events of this user arrive, and say what to do.')
    .usage('[options]')
    .addHelpText('after', DOCTOR_EXAMPLES)
    .action(async (flags: DoctorFlags, self: Command) => {
      const { doctor } = await import('./doctor.ts')
      const { leaveWith } = await import('../../job/leave.ts')
      const { status, isThreadStuck } = await doctor(flagsOf(self, flags))
      leaveWith(status, isThreadStuck)
    })
}

const CONFIGURE_EXAMPLES = `
Examples:
  cronitor configure
  cronitor configure --api-key-file /etc/cronitor/key

Exit status: 0 the key was written, 1 it was not, 2 the command line is wrong.
More: man cronitor-doctor`

export function configureCommand(): Command {
  return newCommand('configure', CONFIGURE_OPTIONS)
    .description('Ask for the API key, and write it into the settings file.')
    .usage('[options]')
    .addHelpText('after', CONFIGURE_EXAMPLES)
    .action(async (flags: ConfigureFlags, self: Command) => {
      const { configure } = await import('./fix/configure.ts')
      process.exit(await configure(flagsOf(self, flags)))
    })
}
