// The wrapper's stdin, stdout and stderr are others' as well. Node.js makes such a descriptor non-blocking for all of
// them when `process.stdout` is used, and it does so unasked: where a module imports `node:process` (each property is
// read for the exports), at the end of each net.Socket (lib/net.js looks whether it is process.stderr) and for
// `node:assert` (its colours). Stand-ins take their places; what the wrapper has to say, it writes to the descriptors.
'use strict'

const left = new Map()
for (const name of ['stdin', 'stdout', 'stderr']) {
  left.set(name, Object.getOwnPropertyDescriptor(process, name))
  Object.defineProperty(process, name, { value: { isTTY: false }, configurable: true, enumerable: true })
}

/** For a command that runs no job after all: `exec` was a word of its arguments. */
module.exports.restore = () => {
  for (const [name, descriptor] of left) Object.defineProperty(process, name, descriptor)
}
