/** How a report looks as text: tables without lines, words, numbers. Knows nothing of results. */
import { listArgument } from '../data/options.js'
import { countOf, formatBytes, SLOT_BYTES } from '../data/units.js'
import { visible } from '../data/visible.js'
import { broken, fittedPairs, fittedTable, rowWidth, sentenceWidth } from './fit.js'

/**
 * A table of plain text, without lines. A cell may have several lines; columns named in `right` are
 * aligned to the right. On a terminal that is too narrow for it, it comes in parts, or as blocks.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  listArgument('rows', rows, 'a list of rows')
  const columns = listArgument('head', head, 'a list of texts').map((name, i) => ({
    cells: [head, ...rows].map((row) => visible(row[i] ?? '').split('\n')),
    right: right.includes(name),
  }))
  return fittedTable(columns, rowWidth())
}

/** What is said in two columns without a head: a name, and what is so. */
export const twoColumns = (rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? '' : fittedPairs(rows, rowWidth())

/**
 * Breaks a sentence into lines.
 *
 * @param indent before the further lines
 * @param first before the first
 */
export const wrap = (text: string, indent = '', first = ''): string =>
  broken(text, sentenceWidth(), indent, first).join('\n')

/** A line that is broken only where a terminal is too narrow for it. */
export const fitted = (text: string): string => broken(text, rowWidth(), '  ').join('\n')

/** `a, b and c` */
export function joinWords(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}

/** Slots as bytes, `4.37 MiB`; a count that fell below 0 in words. */
export const slotsAsBytes = (slots: number): string =>
  slots < 0 ? `below 0 (by ${countOf(-slots, 'slot')})` : formatBytes(slots * SLOT_BYTES)

/** `+ 12.1 MiB (3.8x)`: slots too many or too few, and how many times the truth was reported. */
export function formatError(errorSlots: number, truthSlots: number): string {
  if (errorSlots === 0) return '0'
  const sign = errorSlots > 0 ? '+' : '-'
  const reported = truthSlots + errorSlots
  // Below 0 there is no factor.
  const factor = truthSlots > 0 && reported >= 0 ? ` (${times(reported / truthSlots)})` : ''
  return `${sign} ${slotsAsBytes(Math.abs(errorSlots))}${factor}`
}

/**
 * `3.8x`, and `0.995x` rather than a `1x` that would look like no error, `0.03x` rather than a `0x`
 * that would look like a hexadecimal number.
 */
function times(factor: number): string {
  if (factor === 0) return 'nothing of it'
  const rounded = [1, 2, 3, 4, 5].map((n) => Number(factor.toFixed(n)))
  const told = rounded.find((value) => value !== 1 && value !== 0)
  if (told !== undefined) return `${told}x`
  return factor < 0.5 ? 'below 0.00001x' : '1x'
}

/** The name of a device in a table; not every event has one. */
export const deviceName = (device: string): string => (device === '' ? '(no name)' : device)

/** The last two parts of a path: the whole one makes a title of several lines. */
export const shortPath = (file: string): string => file.split('/').slice(-2).join('/')

/** A share from 0 to 1, as percent. */
export function percent(share: number): string {
  const value = share * 100
  return `${value > 0 && value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`
}

/** Nanoseconds to three digits. */
export function ns(value: number): string {
  return value >= 100 ? Math.round(value).toString() : value.toFixed(1)
}

/** `13.5`, `535`, `60100` */
const threeDigits = (value: number): string =>
  value >= 1000 ? String(Number(value.toPrecision(3))) : value.toPrecision(3)

/** A ratio with two decimals, and a large one with three digits: `1.04`, `16.3`, `1360`. */
export const shortRatio = (ratio: number): string =>
  ratio < 10 ? ratio.toFixed(2) : threeDigits(ratio)

/** Of a prediction, which says no more than three digits. */
export const predictedNs = (value: number): string =>
  value >= 1000 ? threeDigits(value) : ns(value)
