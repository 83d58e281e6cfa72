/** Sends the page to log in on. */

import type { FastifyReply } from 'fastify'
import { assetsOf, builtAssets } from './assets.ts'
import { loginPage } from './login-page.ts'
import { sendPage } from './send-page.ts'

export function createShowLogin(version: string) {
  const assets = assetsOf(builtAssets())
  return (reply: FastifyReply, status: number, next: string, problem?: string) =>
    sendPage(reply, status, loginPage({ assets, version, next, problem }))
}
