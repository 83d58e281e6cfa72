/** The situations of the table without any option of job control: what the cells of the other files are compared with. */

import { describeJobControl } from '../../../support/job-control.ts'

describeJobControl({ flags: [] })
describeJobControl({ flags: ['--own-group'] })
