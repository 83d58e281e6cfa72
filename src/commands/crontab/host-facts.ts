/** What the checks of a crontab must know of this host. */

import type { CheckFacts } from '../../crontab/finding.ts'
import { hasUser } from './has-user.ts'

export const HOST_FACTS: CheckFacts = { isUnknownUser: name => !hasUser(name) }
