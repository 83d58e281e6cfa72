/** In the executable: writes to a pipe by a sink of the runtime. For Node.js: pipe-writer.ts. */

import type { PipeWriter } from './pipe-ends.ts'

export function writePipe(fd: number): PipeWriter {
  const sink = Bun.file(fd).writer({ highWaterMark: 1 })
  async function end(): Promise<void> {
    try {
      await sink.end()
    } catch {
      // Nobody reads the pipe.
    }
  }
  return {
    async write(piece) {
      sink.write(piece)
      await sink.flush()
    },
    destroy() {
      void end()
    },
  }
}
