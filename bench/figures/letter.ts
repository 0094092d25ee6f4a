/** What docs/patch.md shows of kept results: the booted kernel, its instructions, and many CPUs. */
import {
  bootText,
  type Comparison,
  captureText,
  type GuestResult,
  type InstructionsResult,
  instructionsText,
  type Replayed,
} from 'swiotlb-lab'
import { sourceName } from '../conditions.js'
import type { KeptFile } from '../kept.js'
import { markdownTable } from './markdown.js'
import { fromWords, newest, notKept, shown, textOf } from './shown.js'

const KERNEL = '--kernel-source linux-source-6.12.tar.xz --work kernels'
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

const redo = (command: string): string => `To redo it: \`${command}\``

/** What a command of the kernel's printed, and what to type for the same. */
function ofKernel(
  files: readonly KeptFile[],
  kind: 'boot' | 'instructions',
  text: (result: never) => string,
  verb: string,
): string {
  const found = newest(files, (kept) => kept.kind === kind)
  const printed = shown(
    found,
    `${kind} ${KERNEL}`,
    ({ result }) => text(result as unknown as never),
    verb,
  )
  return found ? `${printed}\n\n${redo(found.kept.command)}` : printed
}

/** With the port beside it, where the boots' traces were kept. */
function bootedText({
  replayed = [],
  ...result
}: GuestResult & { readonly replayed?: readonly Replayed[] }): string {
  // Where they lay is of no use to others.
  const named = replayed.map((one) => ({ ...one, file: sourceName(one.file) }))
  const beside = named.length > 0 ? [captureText(result.rows, named)] : []
  return [bootText(result), ...beside].join('\n\n')
}

export const letterBlocks: Readonly<Record<string, (files: readonly KeptFile[]) => string>> = {
  'letter-boot': (files) => ofKernel(files, 'boot', bootedText, 'Booted'),
  'letter-instructions': (files) =>
    ofKernel(
      files,
      'instructions',
      (result: InstructionsResult) => instructionsText(result),
      'Counted',
    ),
  'letter-cpus': cpus,
}
