import { describeClient } from './client-suite.ts'

describeClient()
