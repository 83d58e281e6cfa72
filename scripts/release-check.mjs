// Refuses a release whose package.json does not fit its tag or does not say where the project lives.
//
//   node scripts/release-check.mjs v1.2.3
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * What is wrong, a line each; empty if the release may go on.
 *
 * @param {{ version: string, repository?: unknown, homepage?: unknown, bugs?: unknown, author?: unknown }} manifest package.json
 * @param {string | undefined} tag
 */
export function releaseProblems(manifest, tag) {
  const wanted = `v${manifest.version}`
  const missing = /** @type {const} */ (['repository', 'homepage', 'bugs']).filter(
    field => !isAddress(urlOf(manifest[field])),
  )
  return [
    ...(tag === wanted ? [] : [`the tag is ${tag ?? 'missing'}, and package.json asks for ${wanted}`]),
    // The maintainer of the packages.
    ...(/^[^<]+ <[^@\s]+@[^\s>]+>$/.test(String(manifest.author))
      ? []
      : ['package.json: "author" is not set to a name and a mail address in the form `NAME <ADDRESS>`']),
    ...missing.map(field => `package.json: "${field}" is not set to a web address`),
  ]
}

/**
 * npm takes an address alone, or an object with it.
 *
 * @param {unknown} field
 */
function urlOf(field) {
  return typeof field === 'object' && field !== null && 'url' in field ? field.url : field
}

/** @param {unknown} url */
function isAddress(url) {
  return typeof url === 'string' && /^(git\+)?https:\/\/[^/\s]+\/\S+$/.test(url)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const problems = releaseProblems(manifest, process.argv[2])
  for (const problem of problems) process.stderr.write(`release-check: ${problem}\n`)
  if (problems.length > 0) process.exitCode = 1
}
