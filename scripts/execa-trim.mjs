// Two things that execa does for everyone would change the job, so they are cut out as it is bundled:
// - it touches process.stdin, stdout and stderr, which makes descriptors non-blocking that others share;
// - it has each child change into process.cwd(), which fails in a folder that was removed, or whose parents the user
//   may not search (`sudo -u postgres` from /root), where the job alone would run.
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

export const execaTrim = {
  name: 'execa-trim',
  setup(build) {
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
