/** A chart with a line for each tracker: names at the left, what is shown of each on one scale. */
import {
  type Frame,
  LINE,
  labelWidth,
  lineFrom,
  type Scale,
  scaleOf,
  svg,
  text,
  xAxis,
} from './chart.js'
import { ownPart } from './filter.js'
import { type Html, html, nothing } from './html.js'
import { nameLines } from './names.js'

const HEIGHT = 19
/** Of a name that takes two lines. */
const TALL = 31
const LINE_GAP = 13
/** How much wider a name is in bold. */
const BOLD = 1.1

interface ChartRow {
  readonly name: string
  /** That it is of, and hidden with. */
  readonly tracker?: string | undefined
  /** In bold. */
  readonly marked?: boolean | undefined
  readonly draw: (x: Scale, y: number, height: number) => Html
}

interface ChartGroup {
  /** Above the rows; none where there is but one group. */
  readonly name: string
  readonly rows: readonly ChartRow[]
}

export interface RowsChart {
  readonly label: string
  readonly groups: readonly ChartGroup[]
  /** All that must be on the scale. */
  readonly values: readonly number[]
  readonly log: boolean
  /** As of a scale. */
  readonly binary?: boolean | undefined
  readonly axis: string
  readonly show: (value: number) => string
  /** Behind the rows, from the top to the bottom of the plot. */
  readonly behind?: ((x: Scale, top: number, bottom: number) => Html) | undefined
}

/** Shared by the pictures that are made of rows. */
export function rowsChart({ label, groups, values, log, binary, axis, show, behind }: RowsChart) {
  return (width: number): Html => {
    const names = groups.flatMap((group) => group.rows.map(({ name }) => name))
    const most = width < 500 ? 15 : 24
    const titled = groups.some(({ name }) => name !== '')
    const heightOf = (name: string): number => (nameLines(name, most).length > 1 ? TALL : HEIGHT)
    const rowsHeight =
      names.reduce((sum, name) => sum + heightOf(name), 0) + (titled ? groups.length * HEIGHT : 0)
    const frame: Frame = {
      width,
      top: 4,
      right: 14,
      bottom: 2 * LINE + 8,
      left: Math.max(40, BOLD * labelWidth(names.flatMap((name) => nameLines(name, most))) + 10),
      height: rowsHeight + 2 * LINE + 16,
    }
    const x = scaleOf(values, {
      log,
      range: [frame.left, width - frame.right],
      ticks: width < 500 ? 4 : 8,
      binary,
    })
    const bottom = frame.height - frame.bottom
    let y = frame.top
    const parts = groups.map((group) => {
      const begin = y
      if (titled) y += HEIGHT
      const head = titled
        ? html`${text(0, y - 5, group.name, { kind: 'group' })}${lineFrom(0, begin + 1, width, begin + 1, 'grid')}`
        : nothing
      const rows = group.rows.map(({ name, tracker, marked, draw }) => {
        const height = heightOf(name)
        const middle = y + height / 2
        y += height
        const words = nameLines(name, most)
        const label = { anchor: 'end', kind: marked ? 'strong' : '' } as const
        return ownPart(
          tracker === undefined ? [] : [tracker],
          html`${words.map((line, i) => text(frame.left - 8, middle + 4 + (i - (words.length - 1) / 2) * LINE_GAP, line, label))}${draw(x, middle, HEIGHT)}`,
        )
      })
      return html`${head}${rows}`
    })
    return svg(frame, label, [
      xAxis(frame, x, show, axis),
      behind ? behind(x, frame.top, bottom) : nothing,
      html`${parts}`,
    ])
  }
}
