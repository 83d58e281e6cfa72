// The floor of every ratio: Node.js starts the job, and does nothing else.
'use strict'
require('node:child_process').spawn(process.argv[2], process.argv.slice(3), { stdio: 'inherit' })
