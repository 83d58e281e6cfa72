// bin/launch.sh runs this file first if it is unknown whether Node.js starts here. It does what a run needs, and prints
// the version if all of it works: it starts a child process, and the threads of libuv's pool (if they cannot be
// started, libuv aborts). Every Node.js must be able to parse this file.
'use strict'

var fs = require('fs')
var child = require('child_process').spawn('/bin/sh', ['-c', 'read line; :'], {
  stdio: ['pipe', 'ignore', 'ignore'],
})
child.on('error', () => {
  process.exit(1)
})
child.on('exit', status => {
  if (status === 0) fs.writeSync(1, `${process.version} tried`)
})
fs.stat('/', () => {
  child.stdin.end()
})
