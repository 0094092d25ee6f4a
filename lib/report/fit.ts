/** How tables and sentences are fitted into the columns that there are. */

/** Sentences are no longer than this, however wide a terminal is: longer lines are hard to read. */
const SENTENCE = 100
/** Narrower than this, a column of sentences is harder to read than a table in parts. */
const LEAST_PROSE = 24
/** A cell of so many words is a sentence, which may be broken into lines. */
const PROSE_WORDS = 6
/** With fewer columns in a part of a table, on the average, each row becomes a block. */
const COLUMNS_IN_A_PART = 1.5
const GAP = '  '

let columns = (): number | undefined => undefined

/**
 * What is made from now on is for a terminal.
 *
 * @param terminal its columns, asked for each time; undefined for a file or a pipe: there a row of a
 * table is one line, as long as it is
 */
export function fitTo(terminal: () => number | undefined): void {
  columns = terminal
}

/** That sentences are broken at. */
export const sentenceWidth = (): number => Math.min(SENTENCE, columns() ?? SENTENCE)

/** That tables are fitted into. */
export const rowWidth = (): number => columns() ?? Number.POSITIVE_INFINITY

/** Columns that a terminal shows a character in: two for those of wide scripts, none for accents. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}]/gu
const shownWidth = (text: string): number =>
  [...text.replace(/\p{Mark}/gu, '').replace(WIDE, '  ')].length

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(shownWidth))

/** A blank, but not the one between a figure and its unit; what may be a word is one behind a digit. */
const NOT_BEFORE_UNIT =
  / (?!(?:%|[KMGT]iB|slots?|ns)(?:\W|$))(?!(?<=\d )(?:[mu]s|s|min|h|d|B|bytes?|bits?|x)(?:[^\w/]|$))/

const wordsOf = (text: string): string[] => text.split(NOT_BEFORE_UNIT)

/**
 * A sentence in lines of at most so many columns, but for words that are longer.
 *
 * @param first before the first line, @param indent before the others
 */
export function broken(text: string, width: number, indent = '', first = ''): string[] {
  const lines: string[] = []
  let line = first
  let begun = false
  for (const word of wordsOf(text)) {
    const longer = begun ? `${line} ${word}` : line + word
    if (begun && shownWidth(longer) > width) {
      lines.push(line.trimEnd())
      line = indent + word
    } else {
      line = longer
    }
    begun = true
  }
  return [...lines, line]
}

/** A column of a table: its cells, of which the first is the head, and the lines of each. */
interface Column {
  readonly cells: readonly (readonly string[])[]
  readonly right: boolean
}

const widthOf = ({ cells }: Column): number => widest(cells.flat())
const totalOf = (some: readonly Column[]): number =>
  some.reduce((sum, column) => sum + widthOf(column), GAP.length * (some.length - 1))

function drawn(some: readonly Column[]): string {
  const widths = some.map(widthOf)
  const padded = (text: string, i: number): string => {
    const space = ' '.repeat((widths[i] ?? 0) - shownWidth(text))
    return some[i]?.right ? space + text : text + space
  }
  const rows = some[0]?.cells.map((_, row) => some.map(({ cells }) => cells[row] ?? [])) ?? []
  return rows
    .flatMap((row) => {
      const height = Math.max(...row.map((lines) => lines.length))
      return Array.from({ length: height }, (_, at) => row.map((lines) => lines[at] ?? ''))
    })
    .map((line) => line.map(padded).join(GAP).trimEnd())
    .join('\n')
}

const narrowed = ({ cells, right }: Column, width: number): Column => ({
  cells: cells.map((lines) => lines.flatMap((line) => broken(line, width))),
  right,
})

/** With a head that is no wider than it must be. */
function withBrokenHead(column: Column): Column {
  const [head = [], ...body] = column.cells
  const width = Math.max(widest(body.flat()), widest(head.flatMap(wordsOf)))
  return { ...column, cells: [head.flatMap((line) => broken(line, width)), ...body] }
}

const isProse = ({ cells, right }: Column): boolean =>
  !right && cells.flat().some((line) => line.split(' ').length >= PROSE_WORDS)

/** The widest column of sentences broken so that all fits; undefined where that does not help. */
function proseFitted(some: readonly Column[], width: number): Column[] | undefined {
  const prose = some.filter((column, i) => i > 0 && isProse(column))
  const [widestProse] = prose.sort((a, b) => widthOf(b) - widthOf(a))
  if (!widestProse) return undefined
  const room = width - totalOf(some) + widthOf(widestProse)
  if (room < LEAST_PROSE) return undefined
  return some.map((column) => (column === widestProse ? narrowed(column, room) : column))
}

/** Tables with some of the columns each, and the first in all; undefined where blocks read better. */
function parts([first, ...others]: readonly Column[], width: number): Column[][] | undefined {
  if (!first) return undefined
  const all: Column[][] = []
  for (const column of others) {
    const last = all.at(-1)
    if (last && totalOf([...last, column]) <= width) last.push(column)
    else all.push([first, column])
  }
  const fitted = all.map((part) =>
    totalOf(part) <= width ? part : (proseFitted(part, width) ?? part),
  )
  const tooWide = fitted.some((part) => totalOf(part) > width)
  return tooWide || all.length * COLUMNS_IN_A_PART > others.length ? undefined : fitted
}

/** What all rows have in common needs no column where room is short. */
function withoutShared(table: readonly Column[]): [rest: Column[], words: string | undefined] {
  const same = table.filter(({ cells: [, ...body] }, i) => {
    const texts = new Set(body.map((lines) => lines.join(' ')))
    return i > 0 && body.length > 2 && texts.size === 1
  })
  const rest = table.filter((column) => !same.includes(column))
  if (same.length === 0 || rest.length === 1) return [[...table], undefined]
  const words = same.map(({ cells: [head = [], cell = []] }) => [...head, ...cell].join(' '))
  return [rest, `in each row: ${words.join('; ')}`]
}

/** A name before each text, in two columns; where there is no room, the text under its name. */
function pairs(names: readonly string[], texts: readonly string[], width: number): string[] {
  const name = widest(names)
  const room = width - name - GAP.length
  if (room >= Math.min(LEAST_PROSE, widest(texts))) {
    const cells = (some: readonly string[]) => some.map((text) => [text])
    const right = narrowed({ cells: cells(texts), right: false }, room)
    return drawn([{ cells: cells(names), right: false }, right]).split('\n')
  }
  return names.flatMap((own, i) => [
    ...broken(own, width),
    ...broken(texts[i] ?? '', width, GAP, GAP),
  ])
}

/** Each row under the text of its first column, a line for each of the others. */
function blocks([first, ...others]: readonly Column[], width: number): string {
  const names = others.map(({ cells }) => (cells[0] ?? []).join(' '))
  return (first?.cells ?? [])
    .flatMap((lines, row) => {
      if (row === 0) return []
      const texts = others.map(({ cells }) => (cells[row] ?? []).join(' '))
      const own = pairs(names, texts, width - GAP.length)
      return [
        ...broken(lines.join(' '), width, GAP),
        ...own.map((line) => `${GAP}${line}`.trimEnd()),
      ]
    })
    .join('\n')
}

/** A table as it is, or so that no line is longer than `width`. */
export function fittedTable(table: readonly Column[], width: number): string {
  if (totalOf(table) <= width) return drawn(table)
  const some = table.map(withBrokenHead)
  if (totalOf(some) <= width) return drawn(some)
  const prose = proseFitted(some, width)
  if (prose) return drawn(prose)
  const [rest, words] = withoutShared(some)
  const all = totalOf(rest) <= width ? [rest] : parts(rest, width)
  if (!all) return blocks(table, width)
  const under = words === undefined ? [] : broken(words, width, GAP)
  return [all.map(drawn).join('\n\n'), ...under].join('\n')
}

/** Names and what is said of them, likewise. */
export const fittedPairs = (rows: readonly (readonly string[])[], width: number): string =>
  pairs(
    rows.map(([name = '']) => name),
    rows.map(([, text = '']) => text),
    width,
  ).join('\n')
