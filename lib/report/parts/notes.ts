/** The small print of a comparison: how it was measured, where, and what to be careful about. */
import { countOf } from '../../data/units.js'
import { isOfSharedAreas } from '../../predict/shared-areas.js'
import type { Comparison, Host, Timing } from '../../results/comparison.js'
import type { LargerAreas } from '../../results/figures.js'
import type { Layout } from '../../results/variant.js'
import type { Machine, Topology } from '../../results/virtual.js'
import { joinWords, percent } from '../words.js'
import { lineWords, moveWords } from './line.js'
import { controlWords, formatRatio } from './noise.js'

type Conditions = Pick<
  Comparison,
  'layout' | 'memOffset' | 'host' | 'timing' | 'timingNoCopy' | 'machine' | 'warnings'
>

/** `areas packed, counters at 0x58/0x60, index run-counts` */
function layoutWords(layout: Layout): string {
  const counters =
    layout.counterLayout === 'kernel' ? 'counters at 0x58/0x60' : 'counters on a line of their own'
  return `areas ${layout.areaLayout}, ${counters}, index ${layout.slotIndex}`
}

/** How a line moved, in each timing that can be told apart; what is so of both is said once. */
function placeWords(timing: Timing, bare: Timing | null): string[] {
  const [full] = lineWords(timing.line)
  const [without] = bare ? lineWords(bare.line) : []
  if (full === undefined) return []
  if (without === undefined || without === full) return [full]
  const [, between] = full.split(' between ')
  const end = ` between ${between}`
  if (!without.endsWith(end)) return [full, `without copies ${without}`]
  return [`${full}, without copies ${without.slice('a line moves '.length, -end.length)}`]
}

/** The timing with the scenario's copies, and beside it the one without; a line each. */
function timingLines(timing: Timing, bare: Timing | null): string[] {
  const ids = joinWords(timing.cpuIds.map(String))
  const noise = `noise control: ${controlWords(timing.noise)}`
  const threads = `${countOf(timing.threads, 'thread')} in the ${timing.cpuIds.length === 1 ? 'area of CPU' : 'areas of CPUs'} ${ids}`
  return [
    bare ? `${noise}, without copies ${formatRatio(bare.noise)}` : noise,
    ...placeWords(timing, bare),
    [
      threads,
      `${timing.rounds} rounds of ${timing.sliceMs} ms`,
      `stolen time ${timing.stolen === null ? 'unknown' : percent(timing.stolen)}`,
      `dropped ${percent(timing.dropped)}`,
    ].join('; '),
  ]
}

/** `2 sockets of 4 cores of 1 thread, complexes of 2 cores` */
function socketWords({
  sockets,
  coresPerSocket,
  coresPerComplex,
  threadsPerCore,
}: Topology): string {
  const complexes =
    coresPerComplex < coresPerSocket ? `, complexes of ${countOf(coresPerComplex, 'core')}` : ''
  return (
    `${countOf(sockets, 'socket')} of ${countOf(coresPerSocket, 'core')} ` +
    `of ${countOf(threadsPerCore, 'thread')}${complexes}`
  )
}

/** `8 CPUs: 2 sockets of 4 cores of 1 thread, complexes of 2 cores` */
export const topologyWords = (topology: Topology): string =>
  `${countOf(topology.cpus, 'CPU')}: ${socketWords(topology)}`

/** How it was predicted, whatever the machine. */
const modelWords = ({ costModel }: Machine): string =>
  `predicted, not measured: cost model ${costModel.name}; each tracker has an order of its own, and so a peak of its own`

function machineLines(machine: Machine): string[] {
  const { noise, noiseNoCopy } = machine
  const bare = noiseNoCopy ? `, without copies ${formatRatio(noiseNoCopy)}` : ''
  return [
    modelWords(machine),
    `${topologyWords(machine)}; ${countOf(machine.stepsPerCpu, 'step')} of each in the mean, ` +
      `behind ${machine.warmStepsPerCpu} of warm-up`,
    `noise control: off with another seed against off ${formatRatio(noise)}${bare}`,
  ]
}

/** `areas of 24 bytes instead of 16`, `areas of 16 bytes compiled with clang 16` */
function areasWords({ areaBytes, offAreaBytes, compiler }: LargerAreas): string {
  const size = areaBytes === offAreaBytes ? '' : ` instead of ${offAreaBytes}`
  return `areas of ${areaBytes} bytes${size}${compiler === null ? '' : ` compiled with ${compiler}`}`
}

/** Of trackers with such areas: a mark says of those that are larger to which `off` they are compared. */
const measureWords = ({ areaBytes, offAreaBytes }: LargerAreas): string =>
  areaBytes === offAreaBytes ? '; a tracker with such areas is measured against that off' : ''

/** What larger areas alone do to `off`, with copies and without; a line each. */
export function largerAreasWords({
  largerAreas,
  bare,
}: {
  readonly largerAreas: readonly LargerAreas[]
  readonly bare: readonly LargerAreas[] | null
}): string[] {
  return largerAreas.map((areas, i) => {
    const without = bare?.[i] ? `, without copies ${formatRatio(bare[i].vsOff)}` : ''
    return `${areasWords(areas)} alone: off ${formatRatio(areas.vsOff)}${without}${measureWords(areas)}`
  })
}

/** Only where it is not the processor's own counter. */
function clockWords({ clock }: Host): string[] {
  if (clock !== 'clock_gettime') return []
  return [`time stamps by ${clock}: this kernel does not keep its time by the processor's counter`]
}

const warningWords = (text: string): string => `warning: ${text}`

/** Above the table: a warning without which each figure of a prediction is read wrong. */
export function notesAbove({
  machine,
  warnings,
}: Pick<Conditions, 'machine' | 'warnings'>): string[] {
  return machine ? warnings.filter(isOfSharedAreas).map(warningWords) : []
}

/** The host, and the layout. */
const whereLines = ({ host, layout, memOffset }: Conditions): string[] => [
  ...(host ? [[`Linux ${host.kernel}`, host.compiler, ...clockWords(host)].join('; ')] : []),
  `${layoutWords(layout)}; io_tlb_mem at ${memOffset} modulo 128`,
]

const largerOf = ({ machine, timing, timingNoCopy }: Conditions) => ({
  largerAreas: (machine ?? timing)?.largerAreas ?? [],
  bare: machine?.largerAreasNoCopy ?? timingNoCopy?.largerAreas ?? null,
})

const warningLines = ({ machine, warnings }: Conditions): string[] =>
  warnings.filter((text) => !(machine && isOfSharedAreas(text))).map(warningWords)

/** Everything under the table but the words of what was found; one item a line. */
export function notes(conditions: Conditions): string[] {
  const { timing, timingNoCopy, machine } = conditions
  return [
    ...largerAreasWords(largerOf(conditions)),
    ...(machine
      ? machineLines(machine)
      : timing
        ? timingLines(timing, timingNoCopy)
        : ['timing left out']),
    ...whereLines(conditions),
    ...warningLines(conditions),
  ]
}

/** The small print of one step of a series. */
export interface StepNotes {
  /** What is a column of a table, or said once where it is the same at every step; by its name. */
  readonly facts: Readonly<Record<string, string>>
  readonly lines: readonly string[]
}

function timingFacts(timing: Timing, bare: Timing | null): Record<string, string> {
  const [regime] = timing.line?.regimes ?? []
  const [bareRegime] = bare?.line?.regimes ?? []
  return {
    threads: String(timing.threads),
    'in areas\nof CPUs': timing.cpuIds.join(', '),
    rounds: `${timing.rounds} of ${timing.sliceMs} ms`,
    'off against off': formatRatio(timing.noise),
    ...(bare ? { 'off against off,\nno copies': formatRatio(bare.noise) } : {}),
    'stolen\ntime': timing.stolen === null ? 'unknown' : percent(timing.stolen),
    dropped: percent(timing.dropped),
    ...(regime ? { 'a line\nmoves in': moveWords(regime) } : {}),
    ...(bareRegime ? { 'a line moves\nin, no copies': moveWords(bareRegime) } : {}),
  }
}

function machineFacts(machine: Machine): Record<string, string> {
  return {
    machine: socketWords(machine),
    'steps of\neach CPU': String(machine.stepsPerCpu),
    'steps of\nwarm-up': String(machine.warmStepsPerCpu),
    'off, another seed,\nagainst off': formatRatio(machine.noise),
    ...(machine.noiseNoCopy ? { 'the same,\nno copies': formatRatio(machine.noiseNoCopy) } : {}),
  }
}

/** What {@link notes} says of one comparison, for a series of them. */
export function stepNotes(conditions: Conditions): StepNotes {
  const { timing, timingNoCopy, machine } = conditions
  const { largerAreas, bare } = largerOf(conditions)
  const larger = largerAreas.flatMap((areas, i) => {
    const name = `off with ${areasWords(areas).replace(' instead', ',\ninstead')}`
    const without = bare?.[i]
    return [
      [name, formatRatio(areas.vsOff)],
      ...(without ? [[`${name}, no copies`, formatRatio(without.vsOff)]] : []),
    ]
  })
  const how = machine ? machineFacts(machine) : timing ? timingFacts(timing, timingNoCopy) : {}
  return {
    facts: { ...how, ...Object.fromEntries(larger) },
    lines: [
      ...(machine ? [modelWords(machine)] : timing ? [] : ['timing left out']),
      ...whereLines(conditions),
      ...warningLines(conditions),
    ],
  }
}
