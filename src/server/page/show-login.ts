/** Sends the page to log in on. */

import type { ServerResponse } from 'node:http'
import { assetsOf } from './assets.ts'
import { builtAssets } from './built-assets.ts'
import { loginPage } from './login-page.ts'
import { sendPage } from './send-page.ts'

export function createShowLogin(version: string) {
  const assets = assetsOf(builtAssets())
  return (response: ServerResponse, status: number, next: string, problem?: string) =>
    sendPage(response, status, loginPage({ assets, version, next, problem }))
}
