/** Lines over a common axis, with their names at their ends. */

import { line } from 'd3-shape'
import { endLabels, type Frame, LINE, labelWidth, scaleOf, svg, xAxis, yAxis } from './chart.js'
import { ownPart } from './filter.js'
import { type Html, html, nothing, px } from './html.js'
import { short } from './names.js'

export interface Series {
  readonly name: string
  readonly kind: string
  /** That it is of, and hidden with. */
  readonly trackers?: readonly string[] | undefined
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface LinesChart {
  readonly label: string
  readonly series: readonly Series[]
  readonly x: {
    readonly label: string
    readonly log: boolean
    readonly at?: readonly number[] | undefined
    /** As of a scale. */
    readonly exact?: boolean
    readonly show: (value: number) => string
  }
  readonly y: {
    readonly label: string
    readonly log: boolean
    readonly zero?: boolean
    /** As of a scale. */
    readonly binary?: boolean
    readonly show: (value: number) => string
  }
}

export function linesChart({ label, series, x, y }: LinesChart) {
  return (width: number): Html => {
    const drawn = series
      .map((one) => ({
        ...one,
        points: one.points.filter(([, value]) => Number.isFinite(value) && (!y.log || value > 0)),
      }))
      .filter(({ points }) => points.length > 0)
    const narrow = width < 500
    const names = drawn.map(({ name }) => short(name, 16))
    const values = drawn.flatMap(({ points }) => points.map(([, value]) => value))
    const height = Math.max(narrow ? 280 : 320, drawn.length * 13 + 60)
    const vertical = { top: LINE + 8, bottom: 2 * LINE + 8 }
    const yScale = scaleOf(y.zero ? [0, ...values] : values, {
      log: y.log,
      range: [height - vertical.bottom, vertical.top],
      ticks: 6,
      binary: y.binary,
    })
    const frame: Frame = {
      width,
      height,
      ...vertical,
      left: labelWidth(yScale.ticks.map(y.show)) + 10,
      right: labelWidth(names) + 20,
    }
    const xScale = scaleOf(
      drawn.flatMap(({ points }) => points.map(([value]) => value)),
      {
        log: x.log,
        range: [frame.left, width - frame.right],
        ticks: narrow ? 5 : 11,
        at: x.at,
        exact: x.exact,
      },
    )
    const path = line<readonly [number, number]>(
      ([at]) => xScale(at),
      ([, value]) => yScale(value),
    ).digits(1)
    const ends = drawn.map(({ name, kind, trackers, points }) => ({
      name,
      kind,
      trackers,
      y: yScale((points.at(-1) as readonly [number, number])[1]),
    }))
    return svg(frame, label, [
      xAxis(frame, xScale, x.show, x.label),
      yAxis(frame, yScale, y.show, y.label),
      drawn.map(({ kind, trackers = [], points }) => {
        const few = points.length <= 32
        const dots = few
          ? points.map(
              ([at, value]) =>
                html`<circle class="point ${kind}" cx="${px(xScale(at))}" cy="${px(yScale(value))}" r="2"/>`,
            )
          : nothing
        return ownPart(
          trackers,
          html`<path class="line ${kind}" d="${path([...points]) ?? ''}"/>${dots}`,
        )
      }),
      endLabels(ends, width - frame.right, [vertical.top, height - vertical.bottom]),
    ])
  }
}
