// Keeps the signals that come before the job is there, so that they reach it once it is. Without a handler TERM would
// end the wrapper before the job began, and SIGUSR1 would open the debugger's port (Node.js docs, "Signal events").
'use strict'

const SIGNALS = [
  'SIGTERM',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGTSTP',
  'SIGALRM',
]

const received = []
const keep = signal => received.push(signal)
for (const signal of SIGNALS) process.on(signal, keep)

/** Hands over what has come and stops keeping; to be called once other handlers are in place. */
module.exports.release = () => {
  for (const signal of SIGNALS) process.off(signal, keep)
  if (closeDebugger()) received.push('SIGUSR1')
  // A thread of Node.js's opens the port, on a busy machine some time after the signal. The signal is sent anew then.
  for (const ms of LATER_MS)
    setTimeout(() => closeDebugger() && process.kill(process.pid, 'SIGUSR1'), ms).unref()
  return received
}

const LATER_MS = [5, 25, 100, 400, 1600]

/** Was the debugger's port opened, by a SIGUSR1 that came before the handlers above? */
function closeDebugger() {
  // The launcher asks for any port; Node.js says here which one it took. To ask the inspector means to load it.
  if (process.debugPort === 0) return false
  try {
    const inspector = require('node:inspector')
    // Not where a person has asked for it (`node --inspect bin/cronitor-exec.js`).
    if (
      inspector.url() === undefined ||
      process.execArgv.some(word => /^--inspect(-brk|-wait)?(=|$)/.test(word))
    ) {
      return false
    }
    inspector.close()
    return true
  } catch {
    return false // This Node.js was built without it.
  }
}
