/** Sends the page to log in on. */

import type { FastifyReply } from 'fastify'
import { assetsOf, builtAssets } from './assets.ts'
import { sendPage } from './headers.ts'
import { loginPage } from './login-page.ts'

export function showLogin(version: string) {
  const assets = assetsOf(builtAssets())
  return (reply: FastifyReply, status: number, next: string, problem?: string) =>
    sendPage(reply, status, loginPage({ assets, version, next, problem }))
}
