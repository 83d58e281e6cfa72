/** The expressions of action.yml, as far as it uses them. */

export interface Contexts {
  readonly inputs: Readonly<Record<string, string>>
  /** Of the steps that have run. */
  readonly steps: Readonly<Record<string, { readonly outputs: Readonly<Record<string, string>> }>>
}

/** Replaces each `${{ … }}`. A missing value is empty, as in GitHub's expressions. @throws for any other form */
export function evaluate(text: string, contexts: Contexts): string {
  return text.replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => valueIn(expression.trim(), contexts))
}

function valueIn(expression: string, { inputs, steps }: Contexts): string {
  const [, input] = /^inputs\.([\w-]+)$/.exec(expression) ?? []
  if (input !== undefined) return inputs[input] ?? ''
  const [, step = '', output] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? []
  if (output !== undefined) return steps[step]?.outputs[output] ?? ''
  throw new Error(`an expression that this runner does not know: ${expression}`)
}

/** A step without a condition runs if all before it succeeded. @throws for a condition that this runner does not know */
export function mayRun(condition: string | undefined, isAllWell: boolean): boolean {
  if (condition === undefined) return isAllWell
  if (condition === 'always()') return true
  throw new Error(`a condition that this runner does not know: ${condition}`)
}
