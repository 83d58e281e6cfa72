import { expect, test } from 'vitest'
import { readForm } from '../../../src/server/http/read-form.ts'
import { postRoute } from '../../../src/server/http/route.ts'
import { type RouteRequest, serveRoutes } from '../serve-routes.ts'

const FORM = 'application/x-www-form-urlencoded'

/** The fields of the form, or the status of the refusal. */
async function posted(sent: Omit<RouteRequest, 'url' | 'method'>): Promise<unknown> {
  const { inject } = await serveRoutes([
    postRoute('/form', async (request, response) => {
      const form = await readForm(request, 10)
      response.end(JSON.stringify(form.kind === 'form' ? [...form.fields] : form.answer.status))
    }),
  ])
  return JSON.parse((await inject({ url: '/form', method: 'POST', ...sent })).body)
}

test('the fields are decoded', async () => {
  expect(await posted({ headers: { 'content-type': FORM }, body: 'a=%2F&b=+' })).toEqual([
    ['a', '/'],
    ['b', ' '],
  ])
  expect(await posted({ headers: { 'content-type': `${FORM}; charset=UTF-8` }, body: 'a=1' })).toEqual([
    ['a', '1'],
  ])
})

test('a request without a body is an empty form', async () => {
  expect(await posted({})).toEqual([])
  expect(await posted({ headers: { 'content-type': FORM } })).toEqual([])
})

test('a form that is too long or of another type is refused', async () => {
  expect(await posted({ headers: { 'content-type': FORM }, body: 'a=123456789' })).toBe(413)
  expect(await posted({ headers: { 'content-type': 'application/json' }, body: '{}' })).toBe(415)
  expect(await posted({ body: 'a=1' })).toBe(415)
})
