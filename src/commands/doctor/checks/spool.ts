/** Whether events that do not arrive can be kept. */

import { type CheckResult, fine, problem, warning } from '../check-result.ts'
import type { SpoolRoom } from '../probes/spool-room.ts'

/** Fewer free files than this are none soon. */
const FEW_FILES = 100

/**
 * @param isReached true if events arrive, so that none has to be kept now
 * @param maxBytes how much the spool may take
 */
export function checkSpool(room: SpoolRoom, isReached: boolean, maxBytes: number): CheckResult {
  const lost = isReached ? warning : problem
  switch (room.kind) {
    case 'off':
      return lost(
        'spool',
        'events that do not arrive are lost, because of --no-spool',
        'leave --no-spool out',
      )
    case 'unusable':
      return lost(
        'spool',
        `events that do not arrive are lost: ${room.problem}`,
        'correct that, or name another folder with CRONITOR_SPOOL_DIR',
      )
    case 'writable': {
      const { folder, freeBytes, freeFiles } = room
      const facts = { folder, free_bytes: freeBytes, free_files: freeFiles }
      if (freeBytes === undefined) return fine('spool', `${folder} can be written to`, facts)
      const message = `${folder} can be written to; ${inMegabytes(freeBytes)} are free`
      if (freeBytes < maxBytes) {
        const advice = `make room: the spool may take ${inMegabytes(maxBytes)}`
        return warning('spool', message, advice, facts)
      }
      return freeFiles !== undefined && freeFiles < FEW_FILES
        ? warning('spool', `${message}, but only for ${freeFiles} files`, 'remove files: df -i', facts)
        : fine('spool', message, facts)
    }
    default:
      return room satisfies never
  }
}

function inMegabytes(bytes: number): string {
  return `${Math.floor(bytes / (1024 * 1024))} MB`
}
