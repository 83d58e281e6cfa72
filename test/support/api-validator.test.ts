import { OpenAPIBackend } from 'openapi-backend'
import { describe, expect, test } from 'vitest'
import { checkRequest, DESCRIPTION } from './api-validator.ts'

const check = (method: string, url: string) => checkRequest({ method, url, headers: {} })

test('the description is a valid OpenAPI document', async () => {
  // `strict` throws; without it, a warning would be printed.
  await new OpenAPIBackend({ definition: DESCRIPTION, strict: true }).init()
})

describe('a request that the API declares has no problems', () => {
  test.each([
    ['GET', '/p/key/job?state=run'],
    ['POST', '/p/key/job?state=run&host=h&env=e&series=s'],
    ['HEAD', '/p/key/job?state=complete&env=e&series=s&status_code=0&message=m'],
    ['GET', '/job?state=ok&message=m&metric=count:1&series=s'],
    ['GET', '/p/key/job?state=fail&status_code=-1&metric=duration:1.500&metric=any_name-9:1e-3'],
    ['GET', '/p/key/job?state=fail&stamp=1732450000.123'],
    ['POST', '/p/key/job?state=run&stamp=0'],
    ['HEAD', '/p/key/job?state=run&stamp=1732450000'],
    ['GET', '/job?state=run&stamp=1732450000.5'],
    ['GET', '/p/key/a.b%2F%C3%A4?state=run'],
    ['GET', `/p/key/job?state=fail&message=${encodeURIComponent('ä'.repeat(500))}`],
  ])('%s %s', (method, url) => {
    expect(check(method, url)).toEqual([])
  })
})

describe('a request that the API does not declare has a problem', () => {
  test.each([
    ['PUT', '/p/key/job?state=run'],
    ['POST', '/job?state=run'],
    ['HEAD', '/job?state=run'],
    ['GET', '/p/key/job/?state=run'],
    ['GET', '/p/key?state=run'],
    ['GET', '/p//job?state=run'],
    ['GET', '//p/key/job?state=run'],
    ['GET', '//job?state=run'],
    ['GET', '/?state=run'],
    ['GET', '/p/key/job'],
    ['GET', '/p/key/job?state='],
    ['GET', '/p/key/job?state=running'],
    ['GET', '/p/key/job?state=run&state=run'],
    ['GET', '/p/key/job?state=run&unknown=1'],
    ['GET', '/p/key/job?state=run&__proto__=1'],
    ['GET', '/p/key/job?state=run&series[]=1'],
    ['HEAD', '/p/key/job?state=run&host=h'],
    ['GET', '/job?state=run&host=h'],
    ['GET', '/job?state=run&env=e'],
    ['GET', '/job?state=run&status_code=1'],
    ['GET', '/p/key/job?state=run&status_code='],
    ['GET', '/p/key/job?state=run&status_code=1.5'],
    ['GET', '/p/key/job?state=run&status_code=1e2'],
    ['GET', '/p/key/job?state=run&stamp='],
    ['GET', '/p/key/job?state=run&stamp=-1'],
    ['GET', '/p/key/job?state=run&stamp=-0'],
    ['GET', '/p/key/job?state=run&stamp=1e9'],
    ['GET', '/p/key/job?state=run&stamp=.5'],
    ['GET', '/p/key/job?state=run&stamp=2024-11-24'],
    ['GET', `/p/key/job?state=run&stamp=${'9'.repeat(400)}`],
    ['GET', '/p/key/job?state=run&stamp=1&stamp=1'],
    ['GET', '/p/key/job?state=run&metric=duration'],
    ['GET', '/p/key/job?state=run&metric=duration:'],
    ['GET', '/p/key/job?state=run&metric=duration:NaN'],
    ['GET', `/p/key/job?state=run&metric=${'n'.repeat(64)}:1`],
    ['GET', '/p/key/job?state=run&metric=count:1&metric=bad'],
    ['GET', `/p/key/job?state=run&message=${'m'.repeat(2001)}`],
    ['GET', `/p/key/job?state=run&series=${'s'.repeat(8000)}`],
    ['GET', '/p/key/a%20b?state=run'],
    ['GET', '/p/key/..?state=run'],
    ['GET', '/p/key/%2e?state=run'],
    ['GET', `/p/key/${'k'.repeat(129)}?state=run`],
    ['GET', '/p/key/%ff?state=run'],
    ['GET', '/p/key/job?state=run&message=%ff'],
    ['GET', '/p/key/job?state=run&message=100%'],
  ])('%s %s', (method, url) => {
    expect(check(method, url)).not.toEqual([])
  })
})
