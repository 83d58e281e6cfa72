import { describe, expect, test } from 'vitest'
import {
  parseMailAddress,
  parseNotifyCommand,
  parseNotifyUrl,
  parseSmtpUrl,
} from '../../../src/commands/serve/notify-options.ts'

describe('--notify-url', () => {
  test.each(['https://hooks.example.org/a?b=c', 'http://me:p%40ss@[::1]:8080/'])('%s', url => {
    expect(parseNotifyUrl(url)).toEqual({ ok: true, url })
  })
  test.each(['', 'hooks.example.org', 'ftp://x/', 'http:/x', 'http://x/#y', 'http://x/ y', 'http://%zz@x/'])(
    '%j is wrong',
    text => {
      expect(parseNotifyUrl(text)).toMatchObject({ ok: false })
    },
  )
})

describe('--notify-command', () => {
  test.each([
    ['/usr/local/bin/notify', ['/usr/local/bin/notify']],
    ['/opt/my notify $x', ['/opt/my notify $x']],
    ['["mailx", "-s", "a [b]", ""]', ['mailx', '-s', 'a [b]', '']],
  ])('%j', (text, argv) => {
    expect(parseNotifyCommand(text)).toEqual({ ok: true, argv })
  })
  test.each(['', ' ', '[', '[]', '[""]', '["a", 1]', '[["a"]]', '["a\\u0000"]'])('%j is wrong', text => {
    expect(parseNotifyCommand(text)).toMatchObject({ ok: false })
  })
})

describe('--notify-mail', () => {
  test.each(['ops@example.org', 'o.p+s@localhost', 'ops@[127.0.0.1]'])('%s', address => {
    expect(parseMailAddress(address)).toEqual({ ok: true, address })
  })
  test.each(['', 'ops', 'a@b, c@d', 'Ops <ops@example.org>', 'a@b\r\nBcc: c@d', '@b', 'a@', 'a@b@c'])(
    '%j is wrong',
    text => {
      expect(parseMailAddress(text)).toMatchObject({ ok: false })
    },
  )
})

describe('--smtp-url', () => {
  test.each([
    ['smtp://localhost', { host: 'localhost', port: 25, secure: false }],
    ['smtp://127.0.0.1:2525/', { host: '127.0.0.1', port: 2525, secure: false }],
    ['smtps://[::1]', { host: '::1', port: 465, secure: true }],
    [
      'smtps://me%40x:p%3A%2Fss@mail.example.org:587',
      { host: 'mail.example.org', port: 587, secure: true, auth: { user: 'me@x', pass: 'p:/ss' } },
    ],
  ])('%s', (text, server) => {
    expect(parseSmtpUrl(text)).toEqual({ ok: true, server })
  })
  test.each([
    '',
    'localhost:25',
    'http://x',
    'smtp://',
    'smtp://x/path',
    'smtp://x?tls=no',
    'smtp://%zz@x',
    'smtp://:25',
  ])('%j is wrong', text => {
    expect(parseSmtpUrl(text)).toMatchObject({ ok: false })
  })
})
