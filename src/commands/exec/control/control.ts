/** What a run is asked for in job control: from the command line, else from `jobs` in a settings file. */

/** By commander's names of the options in control-options.ts. Undefined: not asked for. */
export interface Control {
  readonly successStatus?: ReadonlySet<number>
  readonly strictStatus?: boolean
}
