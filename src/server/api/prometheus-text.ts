/**
 * Metrics as text in Prometheus' exposition format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  /** Ends with the unit, and with `_total` for a counter. */
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: readonly Sample[]
}

export interface Exposition {
  /** Adds samples; those of one family may come in several calls. */
  readonly add: (families: readonly Family[]) => void
  /** The text in UTF-8. */
  readonly parts: () => Uint8Array[]
}

/**
 * Collects samples slice by slice. The format requires that all samples of a family follow each other, so nothing can be
 * sent before the last slice. The families keep the order in which they were first added; those without samples are left
 * out.
 */
export function createExposition(): Exposition {
  const texts = new Map<string, { readonly head: string; readonly samples: Uint8Array[] }>()
  return {
    add: families => {
      for (const { name, type, help, samples } of families) {
        const known = texts.get(name)
        const text = known ?? {
          head: `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`,
          samples: [],
        }
        if (known === undefined) texts.set(name, text)
        if (samples.length === 0) continue
        // Outside of V8's heap, where much text would have to be moved and marked.
        text.samples.push(Buffer.from(sampleLines(name, samples)))
      }
    },
    parts: () =>
      [...texts.values()]
        .filter(({ samples }) => samples.length > 0)
        .flatMap(({ head, samples }) => [Buffer.from(head), ...samples]),
  }
}

function sampleLines(name: string, samples: readonly Sample[]): string {
  let lines = ''
  for (const { labels = {}, value } of samples) lines += `${name}${labelText(labels)} ${numberText(value)}\n`
  return lines
}

function labelText(labels: Readonly<Record<string, string>>): string {
  let text = ''
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escapeLabel(labels[name] ?? '')}"`
  return text === '' ? '' : `${text}}`
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** With many monitors there are millions of labels, and hardly one to escape. */
function escapeLabel(text: string): string {
  return /[\\\n"]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text
}

/** In the syntax of Go's strconv.ParseFloat: that of JavaScript, except for the infinities. */
function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
