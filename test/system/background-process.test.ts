import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { startInBackground } from '../../src/system/background-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'background-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function contentOf(file: string): Promise<string> {
  for (;;) {
    try {
      const text = readFileSync(file, 'utf8')
      if (text.endsWith('end\n')) return text
    } catch {
      // Not written yet.
    }
    await sleep(5)
  }
}

test('it gets its input and its environment, in the folder /, in a session of its own', async () => {
  const file = join(folder, 'told')
  const script = `{ cat; pwd; echo "$WORD $OTHER"; cut -d' ' -f 6 /proc/$$/stat; echo $$; echo end; } > ${file}`
  const { pid, write } = startInBackground(['/bin/sh', '-c', script], { PATH: '/usr/bin:/bin', WORD: 'x' })
  write('input\n')
  const [input, place, environment, session, own] = (await contentOf(file)).split('\n')
  expect([input, place, environment]).toEqual(['input', '/', 'x '])
  expect(own).toBe(String(pid))
  if (process.platform === 'linux') expect(session).toBe(own)
})

test('one that does not exist has no process ID', () => {
  const { pid, write } = startInBackground([join(folder, 'missing')], {})
  write('ignored')
  expect(pid).toBeUndefined()
})
