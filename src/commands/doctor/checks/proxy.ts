/** The proxy that events go through. */

import { type ClientEnvironment, chooseProxy } from '../../../client/proxy.ts'
import { type CheckResult, fine, problem } from '../check-result.ts'

export function checkProxy(origin: URL, env: ClientEnvironment): CheckResult {
  const choice = chooseProxy(origin, env)
  switch (choice.kind) {
    case 'direct':
      return chooseProxy(origin, { ...env, NO_PROXY: '', no_proxy: '' }).kind === 'direct'
        ? fine('proxy', 'none is set')
        : fine('proxy', 'not used for this host, because of NO_PROXY')
    case 'proxy': {
      // Without user name and password.
      const { protocol, host } = choice.url
      return fine('proxy', `${protocol}//${host} is used`, { proxy: `${protocol}//${host}` })
    }
    case 'unusable':
      return problem('proxy', choice.problem, 'correct the variable: nothing is sent until then')
    default:
      return choice satisfies never
  }
}
