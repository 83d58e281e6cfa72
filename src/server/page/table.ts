/** Writes the head and the cells of a table from a list of columns (columns.ts). */

import { type Html, type HtmlValue, html } from './html.ts'

export interface Column<Item> {
  readonly header: string
  /** `now` is in milliseconds since 1970. */
  readonly cell: (item: Item, now: number) => HtmlValue
  /** Class in style.css, for width and alignment. */
  readonly className?: string
  /** True for the one column that names the row. */
  readonly isRowHeader?: boolean
  /** The column is hidden in windows that are narrower. 44rem and less are phones. */
  readonly hiddenBelow?: '68rem' | '56rem' | '44rem'
  /** What a phone shows instead of the hidden column. */
  readonly phoneLabel?: (item: Item, now: number) => Html | false
}

export function tableHead<Item>(columns: readonly Column<Item>[]): Html {
  return html`<thead><tr>${columns.map(
    column => html`<th scope="col"${classOf(column)}>${column.header}</th>`,
  )}</tr></thead>`
}

/** `nameExtra` is added to the cell that names the row. */
export function tableCells<Item>(
  columns: readonly Column<Item>[],
  item: Item,
  now: number,
  nameExtra?: HtmlValue,
): Html {
  return html`${columns.map(column =>
    column.isRowHeader
      ? html`<th scope="row"${classOf(column)}>${column.cell(item, now)}${nameExtra}</th>`
      : html`<td${classOf(column)}>${column.cell(item, now)}</td>`,
  )}`
}

export function phoneLabels<Item>(columns: readonly Column<Item>[], item: Item, now: number): Html {
  return html`${columns.map(({ phoneLabel }) => {
    const label = phoneLabel?.(item, now)
    return label && html`<span class="narrow">${label}</span>`
  })}`
}

function classOf({ className, hiddenBelow }: Column<never>): Html | false {
  const classes = [className, hiddenBelow && `hidden-below-${hiddenBelow}`].filter(Boolean)
  return classes.length > 0 && html` class="${classes.join(' ')}"`
}
