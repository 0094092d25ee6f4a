/** What charts are drawn with: a frame, axes, labels that do not lie on one another. */
import { scaleLinear, scaleLog } from 'd3-scale'
import { ownPart } from './filter.js'
import { type Html, html, nothing, type Part, px } from './html.js'
import { short } from './names.js'
import { logTicks, multiplesOfTwo, powersOfTwo, thinned } from './ticks.js'

/** Width of a character of a label, about; height of a line. */
const CHARACTER = 6.5
export const LINE = 15

export interface Frame {
  readonly width: number
  readonly height: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  readonly left: number
}

export const labelWidth = (labels: readonly string[]): number =>
  Math.max(0, ...labels.map((label) => label.length)) * CHARACTER

/** @param label what a screen reader says in place of it */
export const svg = ({ width, height }: Frame, label: string, parts: Part): Html =>
  html`<svg role="img" aria-label="${label}" width="${width}" height="${px(height)}" viewBox="0 0 ${width} ${px(height)}">${parts}</svg>`

export const text = (
  x: number,
  y: number,
  words: string,
  { anchor = 'start', kind = '' }: { anchor?: 'start' | 'middle' | 'end'; kind?: string } = {},
): Html =>
  html`<text x="${px(x)}" y="${px(y)}"${anchor === 'start' ? nothing : html` text-anchor="${anchor}"`}${kind ? html` class="${kind}"` : nothing}>${words}</text>`

export const lineFrom = (x1: number, y1: number, x2: number, y2: number, kind: string): Html =>
  html`<path class="${kind}" d="M${px(x1)},${px(y1)}L${px(x2)},${px(y2)}"/>`

export const rect = (x: number, y: number, width: number, height: number, kind: string): Html =>
  html`<rect class="${kind}" x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width))}" height="${px(Math.max(0, height))}"/>`

export const dot = (x: number, y: number, kind: string, hint = ''): Html =>
  html`<circle class="${kind}" cx="${px(x)}" cy="${px(y)}" r="3.5">${hint ? html`<title>${hint}</title>` : nothing}</circle>`

export interface Scale {
  (value: number): number
  readonly ticks: readonly number[]
}

/** From the least to the most of the values, on a scale that suits them. */
export interface ScaleOptions {
  readonly log: boolean
  /** Pixels: where the least goes, and the most. */
  readonly range: readonly [number, number]
  /** About so many. */
  readonly ticks: number
  /** Values that have a tick each, in place of round ones. */
  readonly at?: readonly number[] | undefined
  /** From the least to the most and no further, though these are no round numbers. */
  readonly exact?: boolean | undefined
  /** Of sizes in binary units: round numbers are powers of two, and multiples of one. */
  readonly binary?: boolean | undefined
}

/** A domain of no width, or none at all, becomes one that can be drawn. */
function domainOf(values: readonly number[], log: boolean): [number, number] {
  const finite = values.filter((value) => Number.isFinite(value) && (!log || value > 0))
  if (finite.length === 0) return log ? [1, 10] : [0, 1]
  const least = finite.reduce((a, b) => Math.min(a, b))
  const most = finite.reduce((a, b) => Math.max(a, b))
  if (least < most) return [least, most]
  return log ? [least / 2, least * 2] : [Math.min(least, 0), Math.max(most, 1)]
}

/** Room behind the least and the most of a logarithmic scale, which would else lie on its edge. */
const LOG_ROOM = 1.06

export function scaleOf(
  values: readonly number[],
  { log, range, ticks, at, exact, binary }: ScaleOptions,
): Scale {
  const [least, most] = domainOf(values, log)
  const room = at ? 1 : LOG_ROOM
  if (binary && !log) {
    const own = multiplesOfTwo(least, most, ticks)
    const scale = scaleLinear([own[0] as number, own.at(-1) as number], [...range])
    return Object.assign((value: number): number => scale(value), { ticks: own })
  }
  const linear = scaleLinear([least, most], [...range])
  const scale = log
    ? scaleLog([least / room, most * room], [...range])
    : at || exact
      ? linear
      : linear.nice(ticks)
  const powers = log && binary ? powersOfTwo(scale.domain(), ticks) : []
  const round = log ? logTicks(scale.ticks(), ticks) : scale.ticks(ticks)
  const own = at ? thinned(at, ticks) : powers.length > 0 ? powers : round
  const lowest = log ? least / LOG_ROOM : Number.NEGATIVE_INFINITY
  return Object.assign((value: number): number => scale(Math.max(value, lowest)), { ticks: own })
}

/** Below the plot, with faint lines through it. */
export const xAxis = (
  frame: Frame,
  scale: Scale,
  show: (value: number) => string,
  label: string,
): Html => {
  const bottom = frame.height - frame.bottom
  return html`${scale.ticks.map(
    (tick) =>
      html`${lineFrom(scale(tick), frame.top, scale(tick), bottom, 'grid')}${text(scale(tick), bottom + LINE, show(tick), { anchor: 'middle', kind: 'tick' })}`,
  )}${text(frame.width - frame.right, bottom + 2 * LINE + 2, label, { anchor: 'end', kind: 'axis' })}`
}

/** Beside the plot; its label stands above it. */
export const yAxis = (
  frame: Frame,
  scale: Scale,
  show: (value: number) => string,
  label: string,
): Html =>
  html`${scale.ticks.map(
    (tick) =>
      html`${lineFrom(frame.left, scale(tick), frame.width - frame.right, scale(tick), 'grid')}${text(frame.left - 5, scale(tick) + 4, show(tick), { anchor: 'end', kind: 'tick' })}`,
  )}${text(0, 11, label, { kind: 'axis' })}`

export interface EndLabel {
  readonly name: string
  readonly y: number
  /** The class of its series. */
  readonly kind: string
  /** That it is of, and hidden with. */
  readonly trackers?: readonly string[] | undefined
}

/** Names behind the ends of lines, moved apart where they would lie on one another. */
export function endLabels(
  labels: readonly EndLabel[],
  x: number,
  [top, bottom]: readonly [number, number],
): Html {
  const sorted = [...labels].sort((a, b) => a.y - b.y)
  const gap = Math.min(LINE - 2, (bottom - top) / Math.max(1, sorted.length - 1))
  const places: number[] = []
  for (const { y } of sorted) places.push(Math.max(y, (places.at(-1) ?? top - gap) + gap))
  let most = bottom
  for (let i = places.length - 1; i >= 0; i--) {
    places[i] = Math.min(places[i] as number, most)
    most = (places[i] as number) - gap
  }
  return html`${sorted.map(({ name, y, kind, trackers = [] }, i) => {
    const at = places[i] as number
    return ownPart(
      trackers,
      html`<path class="lead ${kind}" d="M${px(x + 1)},${px(y)}L${px(x + 9)},${px(at)}H${px(x + 13)}"/>${text(x + 16, at + 4, short(name, 16))}`,
    )
  })}`
}

/** A tick of an axis: as few digits as tell it. */
export const plain = (value: number): string => String(Number(value.toPrecision(6)))
