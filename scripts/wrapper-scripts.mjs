// The wrapper's cost is paid for each run of each job. It is several scripts that share nothing: one starts the job, `monitor` is
// loaded while the job runs, `control` only if job control is asked for, and the others only for single options of it.
import { basename } from 'node:path'

/**
 * The scripts of files that are loaded on demand.
 *
 * @type {Record<string, string>}
 */
const LATER = {
  'run-with-options': 'options',
  'report-run': 'monitor',
  'control-options': 'control',
  'start-controlled-run': 'control',
  'read-metrics': 'control',
  'print-run': 'print',
  'linear-regex': 'regex',
  'host-channel': 'host',
}

/**
 * What `commands/exec` loads once the job has started, or for job control.
 *
 * @type {(extension: string) => import('esbuild').Plugin}
 */
export const laterScripts = extension => ({
  name: 'later-scripts',
  setup(build) {
    build.onResolve({ filter: /\.ts$/ }, ({ kind, path }) => {
      const script = LATER[basename(path, '.ts')]
      return kind === 'dynamic-import' && script !== undefined
        ? { path: `./${script}${extension}`, external: true }
        : undefined
    })
  },
})

/**
 * The entry of each of these scripts, as options of esbuild.
 *
 * @param {string} root
 * @satisfies {(root: string) => Record<string, import('esbuild').BuildOptions>}
 */
export const laterEntries = root => ({
  options: { entryPoints: { options: 'src/commands/exec/run-with-options.ts' } },
  monitor: { entryPoints: { monitor: 'src/report/report-run.ts' } },
  // What is loaded for job control, in one script.
  control: {
    stdin: {
      contents: ['control-options', 'start-controlled-run', 'read-metrics']
        .map(name => `export * from './${name}.ts'`)
        .join('\n'),
      resolveDir: `${root}/src/commands/exec/control`,
    },
    entryNames: 'control',
  },
  print: { entryPoints: { print: 'src/commands/exec/control/print-run.ts' } },
  host: { entryPoints: { host: 'src/commands/host-channel.ts' } },
  regex: { entryPoints: { regex: 'src/system/linear-regex.ts' } },
})
