/** Tables as README and docs/ have them. */

/** Lines within a cell of a table. */
export const BREAK = '<br>'

/** Columns as wide as their widest cell, as the tables of README are. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]) {
  const width = head.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(width[i] ?? 0)).join(' | ')} |`
  return [line(head), line(width.map((n) => '-'.repeat(n))), ...rows.map(line)].join('\n')
}
