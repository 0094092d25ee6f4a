/** What is changed in what the port has as the kernel has it, one row each. */
import type { Layout, TrackerName } from 'swiotlb-lab'

const ALL: Layout = {
  areaLayout: 'padded',
  counterLayout: 'own-line',
  slotIndex: 'bitmap',
}

export interface Row {
  readonly name: string
  readonly tracker: TrackerName
  readonly layout: Partial<Layout>
}

export const OFF: Row = { name: 'no counters: off', tracker: 'off', layout: {} }
export const AS_KERNEL: Row = {
  name: 'as the kernel: global-atomic',
  tracker: 'global-atomic',
  layout: {},
}
export const RESERVE: Row = { name: 'other counters: reserve', tracker: 'reserve', layout: {} }
export const ALL_CHANGED: Row = { name: 'all together: reserve', tracker: 'reserve', layout: ALL }
export const FLOOR: Row = { name: 'all together: off', tracker: 'off', layout: ALL }

/** `off` first: it is the noise control. */
export const rows: readonly Row[] = [
  OFF,
  AS_KERNEL,
  RESERVE,
  { name: 'areas padded', tracker: 'global-atomic', layout: { areaLayout: 'padded' } },
  {
    name: 'counters on a line of their own',
    tracker: 'global-atomic',
    layout: { counterLayout: 'own-line' },
  },
  { name: 'bitmap for run counts', tracker: 'global-atomic', layout: { slotIndex: 'bitmap' } },
  { name: 'all three layouts: global-atomic', tracker: 'global-atomic', layout: ALL },
  ALL_CHANGED,
  FLOOR,
]
