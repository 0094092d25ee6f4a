/** The axis of a chart whose values are slots. */
import { SLOT_BYTES } from '../../data/units.js'
import { plain } from './chart.js'
import type { RowsChart } from './rows-chart.js'

/** A unit in which so many slots are a short number. */
export function unitOf(mostSlots: number): { readonly name: string; readonly slots: number } {
  const bytes = mostSlots * SLOT_BYTES
  if (bytes >= 2 ** 30 * 4) return { name: 'GiB', slots: 2 ** 30 / SLOT_BYTES }
  if (bytes >= 2 ** 20 * 2) return { name: 'MiB', slots: 2 ** 20 / SLOT_BYTES }
  return { name: 'KiB', slots: 2 ** 10 / SLOT_BYTES }
}

interface SlotsAxis {
  /** Where so many slots lie on it; what is below 0 lies there. */
  readonly inUnit: (slots: number) => number
  readonly axis: Pick<RowsChart, 'values' | 'log' | 'binary' | 'axis' | 'show'>
}

/**
 * In a unit that suits the most of `slots`, all of which are on it; beside them 0, where it is not
 * logarithmic.
 *
 * @param of what has them, in words behind the unit
 */
export function slotsAxis(slots: readonly number[], of: string, { log = false } = {}): SlotsAxis {
  const unit = unitOf(Math.max(...slots))
  const inUnit = (value: number): number => Math.max(0, value) / unit.slots
  const values = slots.map(inUnit)
  return {
    inUnit,
    axis: {
      values: log ? values.filter((value) => value > 0) : [0, ...values],
      log,
      binary: true,
      axis: `${unit.name} ${of}`.trimEnd(),
      show: plain,
    },
  }
}
