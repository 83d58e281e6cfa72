// bin/launch.sh runs this in the program's place if Node.js may not start here. It does what the start of a job needs, and
// prints the version if all of it works. Every Node.js has to understand this file.
'use strict'

var status = require('child_process').spawnSync('/bin/sh', ['-c', ':'], { stdio: 'ignore' }).status
if (status === 0) require('fs').writeSync(1, process.version)
