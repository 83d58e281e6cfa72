/** Sends the answers of /api, /metrics and /healthz: not cached, and refusals in the form of http/answer.ts. */

import type { ServerResponse } from 'node:http'
import { printableJson } from '../../system/printable.ts'
import type { RefusalCounter } from '../http/refusal-counter.ts'
import { usualReason } from '../http/refusal-reason.ts'
import { sendBody } from '../http/send-answer.ts'

export const JSON_TYPE = 'application/json; charset=utf-8'

export function sendJson(response: ServerResponse, body: object, status = 200): void {
  sendText(response, JSON_TYPE, `${printableJson(body)}\n`, status)
}

/** `error` is a sentence without a full stop; `parameter` is the one that is wrong. */
export type Refuse = (response: ServerResponse, status: number, error: string, parameter?: string) => void

export function createRefuse(refusals: RefusalCounter): Refuse {
  return (response, status, error, parameter) => {
    refusals.count({ status, reason: usualReason(status, parameter) })
    sendJson(response, { error, parameter }, status)
  }
}

export function sendText(response: ServerResponse, type: string, body: string, status = 200): void {
  sendBody(response, status, textHeaders(type), body)
}

export function textHeaders(type: string): Readonly<Record<string, string>> {
  return { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
}
