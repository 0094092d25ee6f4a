/** What docs/patch.md shows of kept results: a kernel's instructions, many CPUs, and a trace. */
import {
  type Comparison,
  formatSlots,
  type InstructionsResult,
  instructionsText,
  type PatchResult,
  type ReplayResult,
} from 'swiotlb-lab'
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

/** Behind a ratio to the `off` whose areas are as large, with the nanoseconds of that one. */
const OTHER = '^'

const digits = (value: number): string => String(Number(value.toPrecision(3)))

/** Of a prediction, which says no more than three digits, and where it is no figure, that it is none. */
function ratioOf(throughput: Row['throughput']): string {
  if (!throughput) return '-'
  const { ratio, high, settled } = throughput.vsOff
  const mark = high === null ? ' [too few]' : settled === false ? ' [not settled]' : ''
  return (ratio < 10 ? ratio.toFixed(2) : digits(ratio)) + mark
}

const nsOf = (throughput: Row['throughput']): string =>
  throughput ? digits(throughput.nsPerPair.median / throughput.vsOff.ratio) : '-'

/** By the cost that decides it, and only where that is a figure. */
function isOnFrontier({ frontier, throughput, throughputNoCopy }: Row): boolean {
  const { high, settled } = (throughputNoCopy ?? throughput)?.vsOff ?? { high: null }
  return frontier && high !== null && settled !== false
}

function cellOf(row: Row | undefined, off: Row | undefined): string {
  if (!row) return 'not run'
  const costs = `${ratioOf(row.throughput)} / ${ratioOf(row.throughputNoCopy)}`
  const other =
    off && row.areaBytes !== off.areaBytes
      ? ` ${OTHER} ${nsOf(row.throughput)} / ${nsOf(row.throughputNoCopy)}`
      : ''
  return `${costs}${other}; ${errorWords(row)}${isOnFrontier(row) ? ' *' : ''}`
}

/** A line for each number of CPUs, a column for each tracker. */
function cpusTable({ steps }: Sweep): string {
  const names = [
    ...new Set(steps.flatMap(({ comparison }) => comparison.rows.map(({ tracker }) => tracker))),
  ].filter((name) => name !== 'off')
  return markdownTable(
    ['CPUs', '`off`, ns', ...names.map((name) => `\`${name}\``)],
    steps.map(({ value, comparison: { rows } }) => {
      const off = rows.find(({ tracker }) => tracker === 'off')
      return [
        `${value}`,
        off ? `${nsOf(off.throughput)} / ${nsOf(off.throughputNoCopy)}` : 'not run',
        ...names.map((name) =>
          cellOf(
            rows.find(({ tracker }) => tracker === name),
            off,
          ),
        ),
      ]
    }),
  )
}

const PADDED = '--area-layout padded'

function cpus(files: readonly KeptFile[], padded: boolean): string {
  const found = newest(
    files,
    ({ command }) =>
      command.startsWith(`swiotlb-lab ${CPUS}`) && command.includes(PADDED) === padded,
  )
  if (!found) return notKept(`${CPUS}1,2,4,...,1024${padded ? ` ${PADDED}` : ''}`)
  const table = textOf(found, ({ result }) => cpusTable(result as unknown as Sweep))
  return [table, '', fromWords('Predicted', found), '', redo(found.kept.command)].join('\n')
}

const TRACE = 'replay captures/c-mixed-4cpu/trace.txt.gz'
const LARGE = `${TRACE} --slots 524288 --areas 16`

function replayed(
  files: readonly KeptFile[],
  command: string,
  table: (replay: ReplayResult) => string,
  verb: string,
): string {
  const found = newest(files, (kept) => kept.command.startsWith(`swiotlb-lab ${command}`))
  if (!found) return notKept(command)
  const text = textOf(found, ({ result }) => table(result as unknown as ReplayResult))
  return [text, '', fromWords(verb, found), '', redo(found.kept.command)].join('\n')
}

/** What each tracker would have cost the workload that was recorded. */
const traceTable = ({ rows }: ReplayResult): string =>
  markdownTable(
    ['tracker', 'ns per map+unmap', 'x off', 'x off, no copies'],
    rows.map(({ tracker, predicted }) => [
      `\`${tracker}\``,
      predicted?.throughput ? digits(predicted.throughput.nsPerPair.median) : '-',
      ratioOf(predicted?.throughput ?? null),
      ratioOf(predicted?.throughputNoCopy ?? null),
    ]),
  )

/** The marks of the same trace in a pool as large as that of many guests. */
const marksTable = ({ rows, peakSlots }: ReplayResult): string =>
  markdownTable(
    ['tracker', 'its mark', 'over the peak', 'times the peak'],
    rows.map(({ tracker, reportedSlots }) => [
      `\`${tracker}\``,
      ...(reportedSlots === null
        ? ['none', '-', '-']
        : [
            formatSlots(reportedSlots),
            formatSlots(reportedSlots - peakSlots),
            (reportedSlots / peakSlots).toFixed(2),
          ]),
    ]),
  )

/** How much there is to read, as the command counts it. */
function sizeWords({ tracker, version, kernel, edited, lines, trackerLines }: PatchResult): string {
  const changed = edited
    .map(({ path, added, removed }) => `\`${path}\` ${added} and ${removed}`)
    .join(', ')
  const of = `\`${tracker}\` for ${version === null ? kernel : `Linux ${version}`}`
  return (
    `${of}: ${lines.files} files, ${lines.added} lines added, ${lines.removed} removed. Of these, ` +
    `${trackerLines.added} lines in ${trackerLines.files} files are the tracker's own. Added and removed ` +
    `in the kernel's own files: ${changed}. The rest joins the tracker to them in a way that fits any.`
  )
}

function patchSize(files: readonly KeptFile[]): string {
  const found = newest(files, ({ kind }) => kind === 'patch')
  if (!found) return notKept('patch --tracker reserve --kernel-source linux-source-6.12.tar.xz')
  const text = textOf(found, ({ result }) => sizeWords(result as unknown as PatchResult))
  return [text, '', fromWords('Counted', found), '', redo(found.kept.command)].join('\n')
}

export const letterBlocks: Readonly<Record<string, (files: readonly KeptFile[]) => string>> = {
  'letter-instructions': (files) =>
    withRedo(
      newest(files, ({ kind }) => kind === 'instructions'),
      `instructions ${KERNEL}`,
      ({ result }) => instructionsText(result as unknown as InstructionsResult),
      'Counted',
    ),
  'letter-size': patchSize,
  'letter-cpus': (files) => cpus(files, true),
  'letter-cpus-packed': (files) => cpus(files, false),
  'letter-trace': (files) => replayed(files, `${TRACE} --engine virtual`, traceTable, 'Predicted'),
  'letter-large-pool': (files) => replayed(files, LARGE, marksTable, 'Replayed'),
}
