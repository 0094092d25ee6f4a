/** An account of a schedule: a column for each CPU, or rows where there is no room for columns. */
import type { Finding } from '../../results/check.js'
import { broken, sentenceWidth } from '../fit.js'
import { type Account, type AccountRow, accountOf } from '../parts/account.js'

/** As mails have it, whatever a terminal has. */
const MOST = 80
/** Narrower, a line of a tracker's file and its word do not stand in a row. */
const LEAST_COLUMN = 30
const BETWEEN = ' | '

const MORE = '  '

/** What a word was and became stays in one line. */
const VALUE = / (?=-> )|(?<=->) |(?<=:) (?=-?\d)/g
const NO_BREAK = '\u00a0'

/** A row in lines of at most so many columns: the place, and behind it or below it what is done there. */
function cellLines({ at, what }: AccountRow, width: number): string[] {
  const text = what.replace(VALUE, NO_BREAK)
  const together = at.length + 1 + text.length <= width
  const lines =
    at === '' || together
      ? broken(at === '' ? text : `${at} ${text}`, width, MORE)
      : [at, ...broken(text, width, MORE, MORE)]
  return lines.map((line) => line.replaceAll(NO_BREAK, ' '))
}

function inColumns({ rows, who }: Account, column: number): string[] {
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell) => cell.padEnd(column))
      .join(BETWEEN)
      .trimEnd()
  const only = (name: string, text: string): string =>
    line(who.map((one) => (one === name ? text : '')))
  return [
    line(who),
    who.map(() => '-'.repeat(column)).join('-+-'),
    ...rows.flatMap((row) => cellLines(row, column).map((text) => only(row.who, text))),
  ]
}

/** A name stands where another CPU goes on. */
function inRows(rows: readonly AccountRow[], who: readonly string[], width: number): string[] {
  const room = Math.max(...who.map((name) => name.length)) + MORE.length
  return rows.flatMap((row, i) => {
    const name = rows[i - 1]?.who === row.who ? '' : row.who
    return cellLines(row, width - room).map((text, k) => (k === 0 ? name : '').padEnd(room) + text)
  })
}

/** Undefined where nothing is known of what was done. */
export function accountText(finding: Pick<Finding, 'cpus' | 'steps' | 'stepsCut'>): string[] {
  const account = accountOf(finding)
  if (!account) return []
  const { rows, who, lines, leftOut } = account
  const width = Math.min(MOST, sentenceWidth())
  const column = Math.floor((width - BETWEEN.length * (who.length - 1)) / who.length)
  const told =
    who.length > 1 && column >= LEAST_COLUMN ? inColumns(account, column) : inRows(rows, who, width)
  const code = lines.map(({ file, line, code: text }) => `${file}:${line}  ${text}`)
  return [
    ...told,
    ...(code.length > 0 ? ['', ...code.flatMap((text) => broken(text, width, MORE))] : []),
    ...(leftOut.length > 0 ? ['', ...broken(leftOut.join(' '), sentenceWidth())] : []),
  ]
}
