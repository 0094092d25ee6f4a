/** What docs/boot.md and docs/patch.md show of booted kernels, each kind of kernel from its newest result. */
import {
  bootedPromise,
  bootText,
  captureText,
  type GuestResult,
  type GuestRow,
  type Replayed,
} from 'swiotlb-lab'
import { sourceName } from '../conditions.js'
import type { KeptCommand, KeptFile } from '../kept.js'
import { markdownTable } from './markdown.js'
import { fromWords, newest, notKept, shown } from './shown.js'

/** Of every command that boots a kernel. */
export const KERNEL = '--kernel-source linux-source-6.12.tar.xz --work kernels'

interface Booted extends GuestResult {
  /** Where the boots' traces were kept. */
  readonly replayed?: readonly Replayed[]
}

const resultOf = ({ result }: KeptCommand): Booted => result as unknown as Booted

export const redo = (command: string): string => `To redo it: \`${command}\``

/** With what to type for the same. */
export function withRedo(
  found: ReturnType<typeof newest>,
  command: string,
  text: (kept: KeptCommand) => string,
  verb: string,
): string {
  const printed = shown(found, command, text, verb)
  return found ? `${printed}\n\n${redo(found.kept.command)}` : printed
}

/** A way in which trackers are booted. */
interface Way {
  readonly name: string
  /** Of `boot`, to keep it. */
  readonly options: string
  readonly is: (booted: Booted) => boolean
  readonly arm?: boolean
}

/** Slots of a pool that its readers fill at times, as `npm run kernel` has it. */
const SMALL = 512

const isFixed = ({ kind, machine }: Booted): boolean => !kind.dynamic && machine.slots > SMALL

const WAYS: readonly Way[] = [
  {
    name: 'static',
    options: ' --capture captures',
    is: (one) => isFixed(one) && !one.kind.lockdep,
  },
  {
    name: 'static, full at times',
    options: ` --slots ${SMALL} --readers 32`,
    is: (one) => !one.kind.dynamic && !one.kind.lockdep && one.machine.slots <= SMALL,
  },
  {
    name: 'static, locks checked',
    options: ' --lockdep',
    is: (one) => isFixed(one) && one.kind.lockdep,
  },
  {
    name: 'growing',
    options: ' --dynamic --slots 256 --readers 48',
    is: ({ kind }) => kind.dynamic && !kind.lockdep,
  },
  {
    name: 'growing, locks checked',
    options: ' --dynamic --lockdep --slots 256 --readers 48',
    is: ({ kind }) => kind.dynamic && kind.lockdep,
  },
  {
    name: 'static, on arm64',
    options: ' --arch arm64',
    is: (one) => isFixed(one) && !one.kind.lockdep,
    arm: true,
  },
]

/** The mark, what it is judged by, and what was wrong. */
function cellOf(row: GuestRow | undefined): string {
  if (!row) return '-'
  const { promise, after, truth, alarms } = row.told
  const mark = promise?.unmarked ? '-' : `${after?.hiwater ?? '-'}`
  const inUse = !truth
    ? '-'
    : truth.least === truth.most
      ? `${truth.least}`
      : `${truth.least}..${truth.most}`
  const { verdict } = row.judgement
  const wrong = verdict === 'broken' || verdict === 'void' ? ` **${verdict.toUpperCase()}**` : ''
  const ended = verdict === 'ended' ? ' (ended)' : ''
  const found = alarms?.found ?? 0
  return `${mark} / ${inUse}${ended}${wrong}${found > 0 ? ` **alarms: ${found}**` : ''}`
}

/** How all of them came out, counted. */
function outcomeWords(rows: readonly GuestRow[]): string {
  const of = (verdict: GuestRow['judgement']['verdict']): number =>
    rows.filter(({ judgement }) => judgement.verdict === verdict).length
  const loud = rows.filter(({ told }) => (told.alarms?.found ?? 0) > 0).length
  return (
    `Of ${rows.length} boots: a promise kept in ${of('kept')}, broken in ${of('broken')}, ended before ` +
    `its mark was read in ${of('ended')}, none to keep in ${of('none')}. Void, so that nothing can be ` +
    `said: ${of('void')}. With a complaint of the kernel: ${loud}.`
  )
}

/** What the pools went through, where there is something to tell. */
function poolWords(rows: readonly GuestRow[]): string {
  const grown = rows.filter(({ told: { before, after } }) =>
    Boolean(before && after && after.nslabs > before.nslabs),
  ).length
  const full = rows.filter(({ told: { probes } }) =>
    Boolean(probes && probes.mapped < probes.mappings),
  ).length
  return [
    ...(grown > 0 ? [` ${grown} of ${rows.length} pools grew.`] : []),
    ...(full > 0 ? [` In ${full} of ${rows.length} boots maps found no room.`] : []),
  ].join('')
}

/** The first line of what a kernel complained of, for each boot in which it did. */
const loudLines = (name: string, rows: readonly GuestRow[]): string[] =>
  rows.flatMap(({ tracker, told }) =>
    (told.alarms?.found ?? 0) > 0
      ? [`- \`${tracker}\`, ${name}: \`${told.alarmLines[0] ?? 'no line was kept'}\``]
      : [],
  )

/** Of the kept results some are older than the choice of a processor. */
const isOf = ({ is, arm = false }: Way, booted: Booted): boolean =>
  is(booted) && ((booted.kind.arch ?? 'x86-64') === 'arm64') === arm

/** Every tracker in every way: a row for each tracker. */
function all(files: readonly KeptFile[]): string {
  const found = WAYS.map((way) => {
    const one = newest(files, (kept) => kept.kind === 'boot' && isOf(way, resultOf(kept)))
    return { ...way, one, rows: one ? resultOf(one.kept).rows : [] }
  })
  const rows = found.flatMap((way) => way.rows)
  const trackers = [...new Set(rows.map(({ tracker }) => tracker))]
  const table = markdownTable(
    ['tracker', 'promise', ...found.map(({ name }) => name)],
    trackers.map((tracker) => {
      const own = found.map((way) => way.rows.find((row) => row.tracker === tracker))
      const told = own.find((row) => row !== undefined && row.told.promise !== null)
      return [
        `\`${tracker}\``,
        bootedPromise(told?.told.promise ?? null, 'kinds'),
        ...own.map(cellOf),
      ]
    }),
  )
  const from = found.map(({ name, options, one, rows }) => {
    if (!one) return `- ${name}: ${notKept(`boot ${KERNEL}${options}`)}`
    const command = one.kept.command.replace(/ --tracker \S+/, '')
    return `- ${name}: \`${command}\`.${poolWords(rows)} ${fromWords('Booted', one)}`
  })
  if (rows.length === 0) return from.join('\n')
  const loud = found.flatMap((way) => loudLines(way.name, way.rows))
  const said = loud.length > 0 ? ['What it complained of:', '', ...loud, ''] : []
  return [
    table,
    '',
    outcomeWords(rows),
    '',
    ...said,
    'Each way, and how it was booted:',
    '',
    ...from,
  ].join('\n')
}

/** The same run in the port, under the table. */
function besideText({ replayed = [], rows }: Booted): string {
  // Where they lay is of no use to others.
  const named = replayed.map((one) => ({ ...one, file: sourceName(one.file) }))
  return captureText(rows, named)
}

type Block = (files: readonly KeptFile[]) => string

export const bootBlocks: Readonly<Record<string, Block>> = {
  'letter-boot': (files) =>
    withRedo(
      newest(files, (kept) => kept.kind === 'boot' && resultOf(kept).replayed !== undefined),
      `boot ${KERNEL} --capture captures`,
      (kept) => `${bootText(resultOf(kept))}\n\n${besideText(resultOf(kept))}`,
      'Booted',
    ),
  'boot-all': all,
}
