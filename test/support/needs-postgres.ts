/** Skips all tests of a file if there is no PostgreSQL. */

import { beforeEach } from 'vitest'
import { whyNoPostgres } from './postgres.ts'

const why = whyNoPostgres()

beforeEach(({ skip }) => skip(why !== undefined, why))
