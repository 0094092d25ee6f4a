/** What docs/patch.md shows of kept results: a kernel's instructions, many CPUs, and a trace. */
import {
  formatSlots,
  type InstructionsResult,
  instructionsText,
  type PatchResult,
  type ReplayResult,
  type TrackerMemory,
} from 'swiotlb-lab'
import type { KeptFile } from '../kept.js'
import { KERNEL, redo, withRedo } from './booted.js'
import { costsCell, digits, offCell, type Row, ratioOf, type Sweep, trackersOf } from './cells.js'
import { markdownTable } from './markdown.js'
import { MODEL, modelled, PADDED } from './models.js'
import { fromWords, newest, notKept, textOf } from './shown.js'

const CPUS = 'compare uniform --engine virtual --sweep cpus='

/** The mark's error in the same run, against the peak: none is seen within what the peak is known to. */
function errorWords({ accuracy }: Row): string {
  const { errorSlots, truthSlots } = accuracy
  if (errorSlots === null) return 'no mark'
  const share = (slots: number): string =>
    `${((100 * Math.abs(slots)) / truthSlots.high).toFixed(1)} %`
  if (errorSlots !== 0) return `${errorSlots > 0 ? '+' : '-'}${share(errorSlots)}`
  const width = truthSlots.high - truthSlots.low
  return width === 0 ? 'exact' : `none within ${share(width)}`
}

/** By the cost that decides it, and only where that is a figure. */
function isOnFrontier({ frontier, throughput, throughputNoCopy }: Row): boolean {
  const { high, settled } = (throughputNoCopy ?? throughput)?.vsOff ?? { high: null }
  return frontier && high !== null && settled !== false
}

const cellOf = (row: Row | undefined, off: Row | undefined): string =>
  row ? `${costsCell(row, off)}; ${errorWords(row)}${isOnFrontier(row) ? ' *' : ''}` : 'not run'

/** Of which model the figures are, and of how many sockets. */
function modelWords({ steps }: Sweep): string {
  const machine = steps.at(-1)?.comparison.machine
  if (!machine) return ''
  const { costModel, sockets } = machine
  return `Cost model \`${costModel.name}\`: ${costModel.description}. All CPUs are in ${sockets} ${sockets === 1 ? 'socket' : 'sockets'}.`
}

/** A line for each number of CPUs, a column for each tracker. */
function cpusTable(sweep: Sweep): string {
  const names = trackersOf(sweep)
  const table = markdownTable(
    ['CPUs', '`off`, ns', ...names.map((name) => `\`${name}\``)],
    sweep.steps.map(({ value, comparison: { rows } }) => {
      const off = rows.find(({ tracker }) => tracker === 'off')
      return [
        `${value}`,
        offCell(off),
        ...names.map((name) =>
          cellOf(
            rows.find(({ tracker }) => tracker === name),
            off,
          ),
        ),
      ]
    }),
  )
  return [modelWords(sweep), '', table].join('\n')
}

function cpus(files: readonly KeptFile[], padded: boolean): string {
  const found = newest(
    files,
    ({ command }) =>
      command.startsWith(`swiotlb-lab ${CPUS}`) &&
      command.includes(PADDED) === padded &&
      !command.includes(MODEL),
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

/** What the command prints with --json. */
interface Patched extends PatchResult {
  readonly memory: TrackerMemory | null
}

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

const patchCommand = (tracker: string): string =>
  `patch --tracker ${tracker} --kernel-source linux-source-6.12.tar.xz`

const patched = (files: readonly KeptFile[], tracker: string): ReturnType<typeof newest> =>
  newest(files, ({ kind, result }) => kind === 'patch' && result['tracker'] === tracker)

/** Whose memory is shown: what the kernel has, and the two that the page tells of. */
const MEMORY_OF: readonly string[] = ['global-atomic', 'reserve', 'epochs']
const MEMORY_CPUS: readonly number[] = [8, 64, 512, 8192]

function memoryRow({ tracker, area, allocator, perCpus }: TrackerMemory): string[] {
  const beside = area.allocatedBytes === 0 ? '' : ` and ${area.allocatedBytes}`
  return [
    `\`${tracker}\``,
    `${area.bytes - area.plainBytes}${beside}`,
    perCpus === null ? '-' : `${perCpus.bytes} for ${perCpus.cpus} CPUs`,
    ...MEMORY_CPUS.map((cpus) => {
      const one = allocator.find((at) => at.cpus === cpus)
      return one ? `${one.bytes}; ${one.totalBytes}` : 'not told'
    }),
  ]
}

/** Bytes of a kernel's memory, a line for each tracker. */
function memoryTable(files: readonly KeptFile[]): string {
  // One that was made without a compiler tells none.
  const found = MEMORY_OF.map((tracker) => {
    const kept = patched(files, tracker)
    const memory = kept && textOf(kept, ({ result }) => (result as unknown as Patched).memory)
    return kept && memory ? { kept, memory } : undefined
  })
  const missing = MEMORY_OF.find((_, i) => found[i] === undefined)
  if (missing !== undefined) return notKept(patchCommand(missing))
  const known = found.flatMap((one) => one ?? [])
  const [room] = known.map(({ memory }) => memory.roomBytes)
  const table = markdownTable(
    ['tracker', 'an area', 'each further', ...MEMORY_CPUS.map((cpus) => `${cpus} CPUs`)],
    known.map(({ memory }) => memoryRow(memory)),
  )
  const from = known.map(({ kept }) => fromWords('Compiled', kept))
  const commands = MEMORY_OF.map((tracker) => `\`swiotlb-lab ${patchCommand(tracker)}\``)
  return [
    table,
    '',
    `Bytes. An area: what \`struct io_tlb_area\` has more, and what is allocated beside it. Each further: of what is once in an allocator, what CPUs of \`CONFIG_NR_CPUS\` bring. Then, for so many of these: what is once in an allocator; and all, in a pool with an area for each of them. Of the first, ${room} have room in \`struct io_tlb_mem\`; where it is more, all of it is allocated.`,
    '',
    ...from,
    '',
    `To redo it: ${commands.join(', ')}`,
  ].join('\n')
}

function patchSize(files: readonly KeptFile[]): string {
  const found = patched(files, 'reserve')
  if (!found) return notKept(patchCommand('reserve'))
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
  'letter-memory': memoryTable,
  'letter-cpus': (files) => cpus(files, true),
  'letter-cpus-packed': (files) => cpus(files, false),
  'letter-models': modelled,
  'letter-trace': (files) => replayed(files, `${TRACE} --engine virtual`, traceTable, 'Predicted'),
  'letter-large-pool': (files) => replayed(files, LARGE, marksTable, 'Replayed'),
}
