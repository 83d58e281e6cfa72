// Closes the debugger's port if a SIGUSR1 opened it before there was a handler.
'use strict'

/** True if it closed the port. A port that the user has opened stays open (`node --inspect bin/cronitor-exec.js`). */
module.exports = () => {
  try {
    const inspector = require('node:inspector')
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
