// Two things that execa does for everyone would change the job, so they are cut out as it is bundled:
// - it touches process.stdin, stdout and stderr, which makes descriptors non-blocking that others share;
// - it has each child change into process.cwd(), which fails in a folder that was removed, or whose parents the user
//   may not search (`sudo -u postgres` from /root), where the job alone would run.
// And what no job of ours uses is left out, since loading it would be a tenth of what a run costs over a bare Node.js:
// messages between Node.js processes, pipes between subprocesses, streams and web streams of a subprocess, synchronous
// methods, and the words and colours of `verbose`.
// test/job/execa-trim.test.ts holds this to the version of execa that it was made for.
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
]

/** @param {string} name */
const unused = name => `() => { throw new Error('${name} is not built in') }`

/**
 * What stands in the place of a file, by the end of its path.
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
  // What it resolves is for Windows.
  'cross-spawn/index.js':
    'module.exports = { _parse: (command, words, options) => ({ command, args: [...words], options: { ...options } }) }',
  'npm-run-path/index.js': `export const npmRunPathEnv = ${unused('preferLocal')}`,
  // The job's descriptors are numbers, so that there are no streams to wait for, to transform or to gather.
  'execa/lib/stdio/native.js': 'export const handleNativeStream = ({ stdioItem }) => stdioItem',
  'execa/lib/stdio/input-option.js': 'export const handleInputOptions = () => []',
  'execa/lib/transform/normalize.js': 'export const normalizeTransforms = items => items',
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
  // The job outlives what ends the wrapper.
  'execa/lib/terminate/cleanup.js': 'export const cleanupOnExit = () => {}',
  // Who sends the job a signal is src/job/signals.ts. What is checked here needs node:os and a list of descriptions.
  'execa/lib/terminate/signal.js':
    'export const normalizeKillSignal = signal => signal; export const normalizeSignalArgument = signal => signal; export const getSignalDescription = signal => signal',
  // For words about the command that nobody sees; their expressions are costly to make.
  'execa/lib/arguments/escape.js':
    'export const joinCommand = (file, words) => ({ command: file, escapedCommand: file })',
  'execa/lib/return/message.js':
    "export const createMessages = () => ({ originalMessage: '', shortMessage: '', message: '' })",
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
      { filter: /execa\/lib\/(utils\/standard-stream|stdio\/direction|arguments\/cwd)\.js$/ },
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
