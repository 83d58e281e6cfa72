// The executable's launcher in sh: scripts/executable-launcher.sh with the sections of bin/launch.sh that it shares.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** @param {string} root */
export async function executableLauncher(root) {
  const launch = await readFile(join(root, 'bin/launch.sh'), 'utf8')
  const own = await readFile(join(root, 'scripts/executable-launcher.sh'), 'utf8')
  return own.replace(/^# <launch\.sh, section (\d)>\n/gm, (_, number) => {
    const section = launch.split(/^(?=# --- \d\. )/m).find(part => part.startsWith(`# --- ${number}. `))
    if (section === undefined) throw new Error(`bin/launch.sh has no section ${number}`)
    return section.replace(/^# --- \d\. (.*)-$/m, '# --- $1----')
  })
}
