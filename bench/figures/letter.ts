/** What docs/patch.md shows of kept results: instructions of a kernel, and many CPUs. */
import { type Comparison, type InstructionsResult, instructionsText } from 'swiotlb-lab'
import type { KeptFile } from '../kept.js'
import { KERNEL, redo, withRedo } from './booted.js'
import { markdownTable } from './markdown.js'
import { fromWords, newest, notKept, textOf } from './shown.js'

const CPUS = 'compare uniform --engine virtual --sweep cpus='

type Row = Comparison['rows'][number]

interface Sweep {
  readonly steps: readonly { readonly value: number; readonly comparison: Comparison }[]
}

/** The mark's error in the same run, against the peak. */
function errorWords({ accuracy }: Row): string {
  const { errorSlots, truthSlots } = accuracy
  if (errorSlots === null) return 'no mark'
  if (errorSlots === 0) return 'exact'
  const share = (100 * errorSlots) / truthSlots.high
  return `${share > 0 ? '+' : '-'}${Math.abs(share).toFixed(1)} %`
}

function cellOf(row: Row | undefined): string {
  if (!row) return 'not run'
  const ratio = (of: Row['throughput']): string => of?.vsOff.ratio.toFixed(2) ?? '-'
  const costs = `${ratio(row.throughput)} / ${ratio(row.throughputNoCopy)}`
  return `${costs}; ${errorWords(row)}${row.frontier ? ' *' : ''}`
}

/** A line for each number of CPUs, a column for each tracker. */
function cpusTable({ steps }: Sweep): string {
  const names = [
    ...new Set(steps.flatMap(({ comparison }) => comparison.rows.map(({ tracker }) => tracker))),
  ].filter((name) => name !== 'off')
  return markdownTable(
    ['CPUs', ...names.map((name) => `\`${name}\``)],
    steps.map(({ value, comparison: { rows } }) => [
      `${value}`,
      ...names.map((name) => cellOf(rows.find(({ tracker }) => tracker === name))),
    ]),
  )
}

function cpus(files: readonly KeptFile[]): string {
  const found = newest(files, ({ command }) => command.startsWith(`swiotlb-lab ${CPUS}`))
  if (!found) return notKept(`${CPUS}1,2,4,...,1024`)
  const table = textOf(found, ({ result }) => cpusTable(result as unknown as Sweep))
  return [table, '', fromWords('Predicted', found), '', redo(found.kept.command)].join('\n')
}

export const letterBlocks: Readonly<Record<string, (files: readonly KeptFile[]) => string>> = {
  'letter-instructions': (files) =>
    withRedo(
      newest(files, ({ kind }) => kind === 'instructions'),
      `instructions ${KERNEL}`,
      ({ result }) => instructionsText(result as unknown as InstructionsResult),
      'Counted',
    ),
  'letter-cpus': cpus,
}
