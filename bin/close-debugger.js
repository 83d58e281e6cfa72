// Closes the debugger's port, where a SIGUSR1 has opened it before there was a handler.
'use strict'

/** Was it open? Not where a person has asked for it (`node --inspect bin/cronitor-exec.js`). */
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
