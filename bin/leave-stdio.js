// The wrapper's stdin, stdout and stderr are others' as well. Node.js makes such a descriptor non-blocking for all of
// them when `process.stdout` is used, and it does so unasked: where a module imports `node:process` (each property is
// read for the exports), at the end of each net.Socket (lib/net.js looks whether it is process.stderr) and for
// `node:assert` (its colours). Stand-ins take their places; what the wrapper has to say, it writes to the descriptors.
'use strict'

for (const name of ['stdin', 'stdout', 'stderr']) {
  Object.defineProperty(process, name, { value: { isTTY: false }, configurable: true, enumerable: true })
}
