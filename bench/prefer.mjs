// Lets a process that stands for another host come before the programs that are measured: in life it has its own processors.
import { setPriority } from 'node:os'

/** Only root can do that; without root, answers come late under load. Processes that it starts later inherit it. */
export function prefer(pid, isPreferred = true) {
  try {
    setPriority(pid, isPreferred ? -15 : 0)
  } catch {
    // Not root.
  }
}
