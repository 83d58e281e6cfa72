import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOutputStore, type OutputStore } from '../../src/job/output-store.ts'
import { openUnlinkedFile, type UnlinkedFile } from '../../src/system/unlinked-file.ts'
import { tempDir } from '../support/temp.ts'

const folder = tempDir('output-store')

type Part = readonly [descriptor: 1 | 2, text: string]

async function stored(store: OutputStore): Promise<Part[]> {
  const parts: Part[] = []
  for await (const { descriptor, bytes } of store.parts()) parts.push([descriptor, bytes.toString('latin1')])
  return merged(parts)
}

/** Neighbours of the same descriptor as one. */
function merged(parts: readonly Part[]): Part[] {
  const result: Part[] = []
  for (const [descriptor, text] of parts) {
    const last = result.at(-1)
    if (last?.[0] === descriptor) result[result.length - 1] = [descriptor, last[1] + text]
    else if (text !== '') result.push([descriptor, text])
  }
  return result
}

async function append(store: OutputStore, [descriptor, text]: Part): Promise<void> {
  const chunk = Buffer.from(text, 'latin1')
  await store.append(descriptor, chunk)
  chunk.fill('X')
}

const part = fc.tuple(fc.constantFrom<1 | 2>(1, 2), fc.string({ maxLength: 40, unit: 'binary-ascii' }))

test('gives back what was appended, in its order, from memory and from the file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 40 }), fc.nat(600), async (parts, maxBytes) => {
      const store = createOutputStore(maxBytes, () => openUnlinkedFile([folder]))
      for (const each of parts) await append(store, each)
      expect(await stored(store)).toEqual(merged(parts))
      store.clear()
    }),
    { numRuns: 60 },
  )
})

test('opens no file while the memory suffices', async () => {
  const store = createOutputStore(10_000_000, () => {
    throw new Error('opened')
  })
  const chunk = 'x'.repeat(60_000)
  for (let count = 0; count < 100; count += 1) expect(store.append(1, Buffer.from(chunk))).toBeUndefined()
  expect(await stored(store)).toEqual([[1, chunk.repeat(100)]])
})

test('chunks that are longer than its buffer for reading come back', async () => {
  const store = createOutputStore(0, () => openUnlinkedFile([folder]))
  const text = 'ab'.repeat(200_000)
  await append(store, [1, text])
  await append(store, [2, text])
  expect(await stored(store)).toEqual([
    [1, text],
    [2, text],
  ])
})

test('a chunk that does not fit on the disk is refused, and earlier ones are kept', async () => {
  const real = openUnlinkedFile([folder])
  const full: UnlinkedFile = {
    ...real,
    append: async parts => {
      if (parts.some(({ length }) => length > 5)) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      await real.append(parts)
    },
  }
  const store = createOutputStore(0, () => full)
  await append(store, [1, 'a'])
  const refused = append(store, [2, 'too long'])
  await expect(refused).rejects.toThrow('full')
  await expect(append(store, [1, 'later'])).rejects.toThrow('full')
  expect(await stored(store)).toEqual([[1, 'a']])
})
