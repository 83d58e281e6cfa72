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

const unused = name => `() => { throw new Error('${name} is not built in') }`

/** What stands in the place of a file, by the end of its path. */
const STUBS = {
  'execa/lib/ipc/methods.js': 'export const addIpcMethods = () => {}; export const getIpcExport = () => ({})',
  'execa/lib/ipc/ipc-input.js': `export const validateIpcInputOption = () => {}; export const sendIpcInput = async () => {}`,
  'execa/lib/ipc/buffer-messages.js':
    'export const waitForIpcOutput = async ({ ipcOutput }) => ipcOutput; export const getBufferedIpcOutput = async (_, ipcOutput) => ipcOutput',
  'execa/lib/ipc/graceful.js': `export const sendAbort = ${unused('sendAbort')}`,
  'execa/lib/pipe/setup.js': `export const pipeToSubprocess = ${unused('pipe')}`,
  // For words about the command that nobody sees; its expressions are costly to make.
  'execa/lib/arguments/escape.js':
    'export const joinCommand = (file, words) => ({ command: file, escapedCommand: file }); export const escapeLines = lines => lines',
  'execa/lib/convert/add.js': 'export const addConvertedStreams = () => {}',
  'execa/lib/methods/main-sync.js': `export const execaCoreSync = ${unused('execaSync')}`,
  'execa/lib/verbose/default.js': "export const defaultVerboseFunction = () => ''",
  // 1.3 ms for the descriptions of signals in messages that nobody sees.
  'human-signals/build/src/main.js':
    "import { constants } from 'node:os'; export const signalsByName = Object.fromEntries(Object.keys(constants.signals).map(name => [name, { name, description: name }]))",
}

export const execaTrim = {
  name: 'execa-trim',
  setup(build) {
    const seen = new Set()
    build.onLoad(
      { filter: /(execa\/lib\/(arguments|ipc|pipe|convert|methods|verbose)\/|human-signals\/).*\.js$/ },
      ({ path }) => {
        const name = Object.keys(STUBS).find(end => path.endsWith(end))
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
