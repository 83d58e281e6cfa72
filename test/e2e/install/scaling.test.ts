/** The files of docs/scaling.md are those of examples/; scaling-run.test.ts runs its command lines. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { SERVE_OPTIONS } from '../../../src/commands/serve/serve-options.ts'
import { DEFAULT_PORT } from '../../../src/settings/defaults.ts'
import { isExcerpt } from '../../support/doc-examples.ts'
import { readExample } from '../../support/example-stage.ts'
import { paths } from '../../support/run.ts'
import { serve } from '../../support/serve.ts'

const guide = readFileSync(join(paths.project, 'docs/scaling.md'), 'utf8')

const blocks = [...guide.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({
  kind,
  text,
}))

const FILES = ['haproxy', 'kubernetes', 'postgresql', 'prometheus']
  .flatMap(folder => readdirSync(join(paths.project, 'examples', folder)).map(name => `${folder}/${name}`))
  .map(readExample)

test('each file that is shown is a part of one in examples/', () => {
  const shown = blocks.filter(({ kind }) => kind !== 'sh')
  expect(shown.length).toBeGreaterThan(3)
  expect(shown.filter(({ text }) => !FILES.some(file => isExcerpt(text, file)))).toEqual([])
})

test('the alerts of Prometheus ask for metrics that there are', () => {
  const [settings, alerts] = ['prometheus.yml', 'cronitor-alerts.yml'].map(name =>
    parseAllDocuments(readExample(`prometheus/${name}`)).map(part => {
      expect(part.errors).toEqual([])
      return part.toJS()
    }),
  )
  expect(settings?.[0].rule_files).toEqual(['cronitor-alerts.yml'])
  const [job] = settings?.[0].scrape_configs ?? []
  const rules: { readonly expr: string }[] = alerts?.[0].groups[0].rules
  const manual = readFileSync(join(paths.project, 'man/cronitor-serve.1'), 'utf8')
  const metrics = rules.flatMap(({ expr }) => expr.match(/\b(?:up|cronitor_\w+)/g) ?? [])
  expect(metrics).toHaveLength(rules.length)
  for (const metric of metrics) if (metric !== 'up') expect(manual).toContain(metric)
  expect(rules[0]?.expr).toContain(`job="${job.job_name}"`)
})

describe('kubernetes/serve.yaml', () => {
  const parts = parseAllDocuments(readExample('kubernetes/serve.yaml')).map(part => {
    expect(part.errors).toEqual([])
    return part.toJS()
  })
  const [deployment, budget, service] = parts
  const { spec } = deployment.spec.template
  const [container] = spec.containers

  test('two pods are updated one after the other, and one of them stays', () => {
    expect(parts.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      'apps/v1 Deployment',
      'policy/v1 PodDisruptionBudget',
      'v1 Service',
    ])
    expect(deployment.spec.replicas).toBe(2)
    expect(deployment.spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 })
    expect(budget.spec.minAvailable).toBe(1)
    const { labels } = deployment.spec.template.metadata
    for (const selector of [
      deployment.spec.selector.matchLabels,
      budget.spec.selector.matchLabels,
      service.spec.selector,
      spec.topologySpreadConstraints[0].labelSelector.matchLabels,
    ])
      expect(labels).toMatchObject(selector)
    const [port] = container.ports
    expect([port.containerPort, service.spec.ports[0].targetPort]).toEqual([DEFAULT_PORT, port.name])
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(
      Number(container.lifecycle.preStop.exec.command[1]) + 15,
    )
  })

  test('nothing is kept in a pod, and what is mounted is there', () => {
    expect(spec.volumes.map((volume: object) => Object.keys(volume))).toEqual([['name', 'secret']])
    const names = spec.volumes.map(({ name }: { name: string }) => name)
    for (const { name } of container.volumeMounts) expect(names).toContain(name)
    const secrets = [spec.volumes[0].secret.secretName, container.env[0].valueFrom.secretKeyRef.name]
    for (const name of secrets) expect(guide).toContain(`kubectl create secret generic ${name} `)
  })

  test('the options are those of the server', () => {
    const [program, command, ...flags] = container.args as string[]
    expect([program, command]).toEqual(['cronitor', 'serve'])
    const known = SERVE_OPTIONS.map(option => /--[\w-]+/.exec(option.flags)?.[0])
    for (const flag of flags) expect(known).toContain(flag.split('=')[0])
    // The image's own command is replaced.
    expect(readFileSync(join(paths.project, 'packaging/Containerfile'), 'utf8')).toContain(
      `USER ${spec.securityContext.runAsUser}:${spec.securityContext.runAsGroup}`,
    )
  })

  test('the probes are answered', async () => {
    const server = await serve()
    for (const probe of [container.readinessProbe, container.livenessProbe]) {
      const { status } = await server.send('GET', probe.httpGet.path)
      expect(status).toBe(200)
    }
  })
})
