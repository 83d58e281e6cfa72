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
  return received
}
