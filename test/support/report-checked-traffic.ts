/** After the last end-to-end test: nothing that was sent or answered was found to be other than the API's description has it. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { summarize } from './checked-traffic.ts'

/** The whole suite sends thousands; far fewer would mean that they are not seen. */
const LEAST_REQUESTS = 1000
const LEAST_RESPONSES = 100

export default function reportCheckedTraffic(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'checked-traffic-'))
  process.env.CHECKED_TRAFFIC_DIR = folder
  return async () => {
    const { requests, responses, problems, exceptions } = summarize(folder)
    rmSync(folder, { recursive: true })
    const lines = [
      `${requests} requests and ${responses} responses were held against telemetry-api.yml by openapi-backend:`,
      `${problems.length} problems, ${exceptions.length} exceptions`,
    ]
    process.stdout.write(`\n${lines.join(' ')}\n${exceptions.map(each => `  ${each}\n`).join('')}`)
    if (problems.length > 0) throw new Error(`what the API does not declare:\n${problems.join('\n')}`)
    if (!(await isWhole(project))) return
    if (requests < LEAST_REQUESTS || responses < LEAST_RESPONSES) {
      throw new Error(
        `expected ${LEAST_REQUESTS} requests and ${LEAST_RESPONSES} responses at the least to be checked`,
      )
    }
  }
}

/** Did each end-to-end test run, and none of them was chosen by its name? */
async function isWhole(project: TestProject): Promise<boolean> {
  const { testFiles } = await project.globTestFiles()
  const ran = new Set(
    project.vitest.state
      .getFiles()
      .filter(file => file.projectName === project.name)
      .map(file => file.filepath),
  )
  return project.config.testNamePattern === undefined && testFiles.every(file => ran.has(file))
}
