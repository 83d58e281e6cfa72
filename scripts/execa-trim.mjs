// Changes execa as it is bundled. Two of its habits would change the job, and are removed:
// - it uses process.stdin, stdout and stderr, which makes descriptors non-blocking that other processes share;
// - it starts each child in process.cwd(). That fails in a folder that was removed or whose parents the user may not search
//   (`sudo -u postgres` from /root), although the job alone would run.
//
// Code that no job uses is omitted, since loading it costs time at each start: messages between Node.js processes, pipes
// between subprocesses, streams of a subprocess, synchronous methods and the output of `verbose`. What it brings is in
// bench/RESULTS.md, "Trims". test/job/execa-trim.test.ts checks that execa has the version that this was made for.
import { readFile } from 'node:fs/promises'

const TRIMS = [
  {
    file: /execa\/lib\/utils\/standard-stream\.js$/,
    from: '[process.stdin, process.stdout, process.stderr]',
    to: '[]',
  },
  { file: /execa\/lib\/stdio\/direction\.js$/, from: '[0, process.stdin]', to: '[0]' },
  { file: /execa\/lib\/stdio\/direction\.js$/, from: '[1, 2, process.stdout, process.stderr]', to: '[1, 2]' },
  {
    file: /execa\/lib\/arguments\/cwd\.js$/,
    from: '(cwd = getDefaultCwd()) => {',
    to: 'cwd => {\n\tif (cwd === undefined) return undefined;',
  },
  {
    file: /execa\/lib\/arguments\/cwd\.js$/,
    from: 'if (cwd === getDefaultCwd())',
    to: 'if (cwd === undefined)',
  },
  // The job's `verbose` option is always given. This would load node:util.
  {
    file: /execa\/lib\/arguments\/specific\.js$/,
    from: "debuglog('execa').enabled",
    to: 'false',
  },
  // Bun's ChildProcess does not let its streams be replaced, and the TypeError would hide why the spawn failed.
  {
    file: /execa\/lib\/return\/early-error\.js$/,
    from: 'cleanupCustomStreams(fileDescriptors);',
    to: 'throw error;',
  },
]

/** @param {string} name */
const unused = name => `() => { throw new Error('${name} is not built in') }`

/**
 * Replacements for files, by the end of their path.
 *
 * @type {Record<string, string>}
 */
const STUBS = {
  // No command lines to split, no scripts, no Node.js as the command, no template strings.
  'execa/index.js':
    "import { createExeca } from './lib/methods/create.js'; export const execa = createExeca(() => ({}))",
  'execa/lib/methods/template.js': `export const isTemplateString = () => false; export const parseTemplates = ${unused('template')}`,
  'execa/lib/methods/node.js': `export const handleNodeOption = (file, words, options) => [file, words, { ...options, node: false }]`,
  'execa/lib/methods/main-sync.js': `export const execaCoreSync = ${unused('execaSync')}`,
  'execa/lib/ipc/methods.js': 'export const addIpcMethods = () => {}',
  'execa/lib/ipc/ipc-input.js': `export const validateIpcInputOption = () => {}; export const sendIpcInput = async () => {}`,
  'execa/lib/ipc/buffer-messages.js':
    'export const waitForIpcOutput = async ({ ipcOutput }) => ipcOutput; export const getBufferedIpcOutput = async (_, ipcOutput) => ipcOutput',
  'execa/lib/ipc/graceful.js': `export const sendAbort = ${unused('sendAbort')}`,
  // Finds programs on Windows. For other systems it returns what it gets.
  'cross-spawn/index.js':
    'export default { _parse: (command, words, options) => ({ command, args: [...words], options: { ...options } }) }',
  'npm-run-path/index.js': `export const npmRunPathEnv = ${unused('preferLocal')}`,
  // The job's descriptors are numbers, so there are no streams to wait for, transform or collect.
  'execa/lib/transform/generator.js': `export const generatorToStream = ${unused('transform')}`,
  'execa/lib/io/pipeline.js': `export const pipeStreams = ${unused('pipe')}`,
  'execa/lib/io/contents.js': 'export const getBufferedData = async output => output',
  '@sindresorhus/merge-streams/index.js': `export default ${unused('merge-streams')}`,
  'get-stream/source/index.js': 'export class MaxBufferError extends Error {}',
  'execa/lib/resolve/stdio.js':
    'export const waitForStdioStreams = ({ subprocess }) => subprocess.stdio.map(() => undefined)',
  'execa/lib/resolve/all-async.js':
    'export const makeAllStream = () => undefined; export const waitForAllStream = async () => undefined',
  'execa/lib/resolve/wait-stream.js': `export const waitForStream = ${unused('stream')}`,
  'execa/lib/pipe/setup.js': `export const pipeToSubprocess = ${unused('pipe')}`,
  'execa/lib/convert/add.js': 'export const addConvertedStreams = () => {}',
  // Each is a number, `ignore` or `pipe`. execa's own file compares each with all others: if a job inherits a descriptor such as
  // 251, there are 252.
  'execa/lib/stdio/handle.js':
    "export const handleStdio = (_, { stdio }) => stdio.map(value => ({ direction: 'output', objectMode: false, stdioItems: [{ type: 'native', value }] })); export const cleanupCustomStreams = () => {}",
  'execa/lib/stdio/type.js':
    "export const getStdioItemType = () => 'native'; export const isAsyncGenerator = () => false; export const isUrl = () => false; export const isRegularUrl = () => false; export const isFilePathString = () => false; export const isUnknownStdioString = () => false; export const isWritableStream = () => false; export const TRANSFORM_TYPES = new Set(); export const FILE_TYPES = new Set(); export const TYPE_TO_MESSAGE = {}",
  // The job's duration is measured in src/job/start.ts, without BigInt.
  'execa/lib/return/duration.js': 'export const getStartTime = () => 0; export const getDurationMs = () => 0',
  // The job is not killed when the wrapper exits.
  'execa/lib/terminate/cleanup.js': 'export const cleanupOnExit = () => {}',
  // src/job/signals.ts sends signals to the job. These checks would need node:os and a list of descriptions.
  'execa/lib/terminate/signal.js':
    'export const normalizeKillSignal = signal => signal; export const normalizeSignalArgument = signal => signal; export const getSignalDescription = signal => signal',
  // Error messages and `verbose` output, which nobody sees. Their regular expressions are slow to compile.
  'execa/lib/arguments/escape.js':
    'export const joinCommand = (file, words) => ({ command: file, escapedCommand: file })',
  'execa/lib/return/message.js':
    "export const createMessages = () => ({ originalMessage: '', shortMessage: '', message: '' })",
  'execa/lib/verbose/info.js':
    'export const getVerboseInfo = (verbose, escapedCommand, rawOptions) => ({ verbose, escapedCommand, rawOptions })',
  'execa/lib/verbose/start.js': 'export const logCommand = () => {}',
  'execa/lib/verbose/complete.js':
    'export const logResult = () => {}; export const logEarlyResult = () => {}',
}

/** @type {import('esbuild').Plugin} */
export const execaTrim = {
  name: 'execa-trim',
  setup(build) {
    const seen = new Set()
    build.onLoad(
      { filter: /node_modules\/(execa|cross-spawn|npm-run-path|get-stream|@sindresorhus)\/.*\.js$/ },
      ({ path }) => {
        const name = Object.keys(STUBS).find(end => path.endsWith(`/${end}`))
        if (name === undefined) return undefined
        seen.add(name)
        return { contents: STUBS[name], loader: 'js' }
      },
    )
    build.onEnd(() => {
      const missing = Object.keys(STUBS).filter(name => !seen.has(name))
      if (missing.length > 0) throw new Error(`execa has changed: nothing loads ${missing.join(' and ')}`)
    })
    build.onLoad(
      {
        filter:
          /execa\/lib\/(utils\/standard-stream|stdio\/direction|arguments\/(cwd|specific)|return\/early-error)\.js$/,
      },
      async ({ path }) => {
        let contents = await readFile(path, 'utf8')
        for (const { file, from, to } of TRIMS) {
          if (!file.test(path)) continue
          if (!contents.includes(from)) throw new Error(`execa has changed: ${path} no longer has ${from}`)
          contents = contents.replace(from, () => to)
        }
        return { contents, loader: 'js' }
      },
    )
  },
}
