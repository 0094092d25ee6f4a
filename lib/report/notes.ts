/** The small print of a comparison: how it was measured, where, and what to be careful about. */
import type { Comparison, Layout, Timing } from '../run/types.js'
import { formatRatio } from './noise.js'
import { countOf, joinWords, percent } from './text.js'

type Conditions = Pick<
  Comparison,
  'layout' | 'memOffset' | 'host' | 'timing' | 'timingNoCopy' | 'warnings'
>

/** `areas packed, counters at 0x58/0x60, index run-counts` */
function layoutWords(layout: Layout): string {
  const counters =
    layout.counterLayout === 'kernel' ? 'counters at 0x58/0x60' : 'counters on a line of their own'
  return `areas ${layout.areaLayout}, ${counters}, index ${layout.slotIndex}`
}

/** The timing with the scenario's copies, and beside it the one without. */
function timingWords(timing: Timing, bare: Timing | null): string[] {
  const ids = joinWords(timing.cpuIds.map(String))
  const noise = `noise control: off against off ${formatRatio(timing.noise)}`
  return [
    bare ? `${noise}, without copies ${formatRatio(bare.noise)}` : noise,
    `stolen time ${timing.stolen === null ? 'unknown' : percent(timing.stolen)}`,
    `dropped ${percent(timing.dropped)}`,
    `${countOf(timing.threads, 'thread')} as CPU ${ids}`,
    `${timing.rounds} rounds of ${timing.sliceMs} ms`,
  ]
}

/** Everything under the table but the words of what was found; one item a line. */
export function notes({
  layout,
  memOffset,
  host,
  timing,
  timingNoCopy,
  warnings,
}: Conditions): string[] {
  const where = [
    `Linux ${host.kernel}`,
    host.compiler,
    layoutWords(layout),
    `io_tlb_mem at ${memOffset} modulo 64`,
  ]
  return [
    [...(timing ? timingWords(timing, timingNoCopy) : ['timing left out']), ...where].join('; '),
    ...warnings.map((text) => `warning: ${text}`),
  ]
}
