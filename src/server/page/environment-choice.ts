/** The environment that the page of all monitors is about: the parameter `env` of its address. */

/** The value for all environments, which a form without the script sends: an empty one means no environment. */
export const ALL_ENVIRONMENTS = '*'

/** '' for events without an environment; undefined for all environments. */
export function chosenEnv(params: URLSearchParams): string | undefined {
  const env = params.get('env')
  return env === null || env === ALL_ENVIRONMENTS ? undefined : env
}
