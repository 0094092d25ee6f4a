/** The small print of a comparison: how it was measured, where, and what to be careful about. */
import { countOf } from '../../data/units.js'
import { isOfSharedAreas } from '../../predict/shared-areas.js'
import type { Comparison, Host, Timing } from '../../results/comparison.js'
import type { LargerAreas } from '../../results/figures.js'
import type { Layout } from '../../results/variant.js'
import type { Machine, Topology } from '../../results/virtual.js'
import { joinWords, percent } from '../words.js'
import { lineWords } from './line.js'
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

/** How a line moved, in each timing that can be told apart. */
function placeWords(timing: Timing, bare: Timing | null): string[] {
  const full = lineWords(timing.line)
  const without = bare ? lineWords(bare.line) : []
  if (without.length === 0 || without[0] === full[0]) return full
  return [...full, `without copies ${without[0]}`]
}

/** The timing with the scenario's copies, and beside it the one without. */
function timingWords(timing: Timing, bare: Timing | null): string[] {
  const ids = joinWords(timing.cpuIds.map(String))
  const noise = `noise control: ${controlWords(timing.noise)}`
  return [
    bare ? `${noise}, without copies ${formatRatio(bare.noise)}` : noise,
    `stolen time ${timing.stolen === null ? 'unknown' : percent(timing.stolen)}`,
    `dropped ${percent(timing.dropped)}`,
    ...placeWords(timing, bare),
    `${countOf(timing.threads, 'thread')} in the ${timing.cpuIds.length === 1 ? 'area of CPU' : 'areas of CPUs'} ${ids}`,
    `${timing.rounds} rounds of ${timing.sliceMs} ms`,
  ]
}

/** `8 CPUs: 2 sockets of 4 cores of 1 thread, complexes of 2 cores` */
export function topologyWords({
  cpus,
  sockets,
  coresPerSocket,
  coresPerComplex,
  threadsPerCore,
}: Topology): string {
  const complexes =
    coresPerComplex < coresPerSocket ? `, complexes of ${countOf(coresPerComplex, 'core')}` : ''
  return (
    `${countOf(cpus, 'CPU')}: ${countOf(sockets, 'socket')} of ${countOf(coresPerSocket, 'core')} ` +
    `of ${countOf(threadsPerCore, 'thread')}${complexes}`
  )
}

/** How it was predicted; in a series, the second of them changes with the machine. */
function machineWords(machine: Machine): [common: string[], own: string[]] {
  const { costModel, noise, noiseNoCopy } = machine
  const bare = noiseNoCopy ? `, without copies ${formatRatio(noiseNoCopy)}` : ''
  return [
    [
      `predicted, not measured: cost model ${costModel.name}`,
      'each tracker has an order of its own, and so a peak of its own',
    ],
    [
      topologyWords(machine),
      `${countOf(machine.stepsPerCpu, 'step')} of each in the mean, behind ${machine.warmStepsPerCpu} of warm-up`,
      `noise control: off with another seed against off ${formatRatio(noise)}${bare}`,
    ],
  ]
}

/** `areas of 24 bytes instead of 16`, `areas of 16 bytes compiled with clang 16` */
function areasWords({ areaBytes, offAreaBytes, compiler }: LargerAreas): string {
  const size = areaBytes === offAreaBytes ? '' : ` instead of ${offAreaBytes}`
  return `areas of ${areaBytes} bytes${size}${compiler === null ? '' : ` compiled with ${compiler}`}`
}

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
    return (
      `${areasWords(areas)} alone: off ${formatRatio(areas.vsOff)}${without}; a tracker with such ` +
      'areas is measured against that off'
    )
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

/** Everything under the table but the words of what was found; one item a line. */
export function notes({
  layout,
  memOffset,
  host,
  timing,
  timingNoCopy,
  machine,
  warnings,
}: Conditions): string[] {
  const where = [
    ...(host ? [`Linux ${host.kernel}`, host.compiler, ...clockWords(host)] : []),
    layoutWords(layout),
    `io_tlb_mem at ${memOffset} modulo 128`,
  ]
  const timed = timing ? timingWords(timing, timingNoCopy) : ['timing left out']
  const [how, which] = machine ? machineWords(machine) : [timed, []]
  const larger = largerAreasWords({
    largerAreas: (machine ?? timing)?.largerAreas ?? [],
    bare: machine?.largerAreasNoCopy ?? timingNoCopy?.largerAreas ?? null,
  })
  return [
    [...how, ...where].join('; '),
    ...(which.length > 0 ? [which.join('; ')] : []),
    ...larger,
    ...warnings.filter((text) => !(machine && isOfSharedAreas(text))).map(warningWords),
  ]
}
