/** An SMTP client that sends exactly the given lines, and reads whole replies. */

import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Talk {
  readonly socket: Socket
  /** Writes the line and CRLF; resolves with the reply to it, its lines joined by LF. */
  readonly say: (line: string) => Promise<string>
  /** Writes as it is; nothing is waited for. */
  readonly write: (bytes: string | Buffer) => void
  /** The next reply; rejects if the connection ends before. */
  readonly reply: () => Promise<string>
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<unknown>
}

/** Connects and reads the greeting. */
export async function talkTo(url: string): Promise<Talk> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  const closed = new Promise(resolve => {
    socket.once('close', resolve)
  })
  const waiting: { resolve: (reply: string) => void; reject: (error: Error) => void }[] = []
  const replies: string[] = []
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    text += chunk
    for (;;) {
      // All lines of a reply but the last have a hyphen behind the code.
      const reply = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(text)?.[0]
      if (reply === undefined) return
      text = text.slice(reply.length)
      const whole = reply.trimEnd().replaceAll('\r\n', '\n')
      const next = waiting.shift()
      if (next === undefined) replies.push(whole)
      else next.resolve(whole)
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    for (const { reject } of waiting) reject(new Error('the server closed the connection'))
  })
  const reply = async () => {
    const ready = replies.shift()
    if (ready !== undefined) return ready
    if (socket.destroyed) throw new Error('the connection is closed')
    return await new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject })
    })
  }
  const greeting = await reply()
  if (!greeting.startsWith('220 ')) throw new Error(greeting)
  return {
    socket,
    say: async line => {
      socket.write(`${line}\r\n`)
      return await reply()
    },
    write: bytes => void socket.write(bytes),
    reply,
    closed,
  }
}
