/** One picture with all that belongs to it: its sentence, its numbers, and these as files. */
import { joinWords } from '../words.js'
import { ofTrackers } from './filter.js'
import { dataUrl, type Html, html, nothing, type Part } from './html.js'

export type Value = string | number | null

interface Column {
  /** In files and in the head of the table; with its unit. */
  readonly name: string
  /** How a number is shown; as it is by default. */
  readonly show?: (value: number) => string
  /** That it is of, and hidden with. */
  readonly trackers?: readonly string[]
}

interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Value[])[]
  /** That a row is of, and hidden with; by default what stands in a column of trackers. */
  readonly trackerOf?: ((row: readonly Value[]) => string | undefined) | undefined
}

export interface Figure {
  readonly title: string
  /** What it shows, made from the numbers. */
  readonly sentence: string
  /** Of a width in pixels; by itself as wide as it likes where it is a table. */
  readonly picture: ((width: number) => Html) | Html
  readonly table: Table
  /** What is to be known to read it. */
  readonly legend?: string | undefined
}

/** Of pictures, in pixels: beside the margins of a small telephone, and on anything larger. */
const WIDTHS = { narrow: 328, wide: 740 } as const

/** Rows of a table that are shown; the files have all. */
const MOST_ROWS = 600

const csvCell = (value: Value): string => {
  if (value === null) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const csvOf = ({ columns, rows }: Table): string =>
  [columns.map(({ name }) => name), ...rows]
    .map((row) => `${row.map(csvCell).join(',')}\r\n`)
    .join('')

const jsonOf = ({ columns, rows }: Table): string =>
  JSON.stringify({ columns: columns.map(({ name }) => name), rows })

const shown = (value: Value, { show }: Column): string => {
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return '-'
  return typeof value === 'number' && show ? show(value) : String(value)
}

/**
 * What may be wider than the page: it is moved by itself, with the keyboard, too. That there is more of it
 * is said as long as there is, by the style sheet.
 */
export const movable = (label: string, contents: Part): Html =>
  html`<div class="moves"><div class="movable" role="region" tabindex="0" aria-label="${label}">${contents}</div><p class="further" aria-hidden="true">There is more to the right: move the table sideways.</p></div>`

/** Which tracker stands in a row. */
function trackerIn({ columns, trackerOf }: Table): (row: readonly Value[]) => readonly string[] {
  const at = columns.findIndex(({ name }) => name === 'tracker')
  const named = (row: readonly Value[]): Value | undefined => (at < 0 ? undefined : row[at])
  return (row) => {
    const name = trackerOf ? trackerOf(row) : named(row)
    return typeof name === 'string' ? [name] : []
  }
}

function tableOf(table: Table, title: string): Html {
  const { columns, rows } = table
  const ofRow = trackerIn(table)
  const head = columns.map(
    ({ name, trackers = [] }) => html`<th scope="col"${ofTrackers(trackers)}>${name}</th>`,
  )
  const body = rows.slice(0, MOST_ROWS).map(
    (row) =>
      html`<tr${ofTrackers(ofRow(row))}>${row.map((value, i) => {
        const column = columns[i] as Column
        const text = shown(value, column)
        return i === 0
          ? html`<th scope="row">${text}</th>`
          : html`<td${typeof value === 'number' ? html` class="n"` : nothing}${ofTrackers(column.trackers ?? [])}>${text}</td>`
      })}</tr>\n`,
  )
  const rest =
    rows.length > MOST_ROWS
      ? html`<p>The first ${MOST_ROWS} of ${rows.length} rows; the files have all.</p>`
      : nothing
  return html`${movable(`Numbers: ${title}`, html`<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`)}${rest}`
}

const pictures = ({ picture }: Figure): Html => {
  if (typeof picture !== 'function') return picture
  return html`${(['wide', 'narrow'] as const).map(
    (name) => html`<div class="${name}">${picture(WIDTHS[name])}</div>`,
  )}`
}

/** A name for a file out of a title. */
const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

/** @param id of the element, one in the page */
export function figureHtml(figure: Figure, id: string): Html {
  const { title, sentence, table, legend } = figure
  const name = fileName(`${id} ${title}`)
  return html`<figure id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title">${title}</h3>
<figcaption><p>${sentence}</p>${legend === undefined ? nothing : html`<p class="legend">${legend}</p>`}</figcaption>
<div class="picture">${pictures(figure)}</div>
<details><summary>Numbers: ${title}</summary>
<p>As a file: <a download="${name}.csv" href="${dataUrl('text/csv', csvOf(table))}">CSV<span class="hidden"> of ${title}</span></a>, <a download="${name}.json" href="${dataUrl('application/json', jsonOf(table))}">JSON<span class="hidden"> of ${title}</span></a>.</p>
${tableOf(table, title)}</details>
</figure>`
}

/** For the legend, a blank before it: who is in the table and not in the picture, having no mark. */
export const unmarkedWords = (names: readonly string[]): string =>
  names.length === 0 ? '' : ` Without a mark, and so not in the picture: ${joinWords(names)}.`
