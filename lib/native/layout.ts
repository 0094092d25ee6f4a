/** Where things lie in memory: what can be chosen, and as the addon takes it. */
import { oneOf } from '../data/errors.js'
import type { Layout } from '../results/variant.js'

/** What each may be; the first is the kernel's. */
export const layoutValues = {
  areaLayout: ['packed', 'padded'],
  counterLayout: ['kernel', 'own-line'],
  slotIndex: ['run-counts', 'bitmap'],
} as const

/**
 * The kernel's layout with what is asked for put in its place.
 *
 * @throws InputError for an unknown key or value
 */
export function resolveLayout(wanted: Partial<Layout> = {}): Layout {
  for (const key of Object.keys(wanted)) oneOf('layout', key, Object.keys(layoutValues))
  const pick = <K extends keyof typeof layoutValues>(key: K): (typeof layoutValues)[K][number] =>
    oneOf<(typeof layoutValues)[K][number]>(
      key,
      wanted[key] ?? layoutValues[key][0],
      layoutValues[key],
    )
  return {
    areaLayout: pick('areaLayout'),
    counterLayout: pick('counterLayout'),
    slotIndex: pick('slotIndex'),
  }
}

/** All there are, by their number. */
export const layouts: readonly Layout[] = Array.from({ length: 8 }, (_, i) => ({
  areaLayout: layoutValues.areaLayout[i & 1 ? 1 : 0],
  counterLayout: layoutValues.counterLayout[i & 2 ? 1 : 0],
  slotIndex: layoutValues.slotIndex[i & 4 ? 1 : 0],
}))

export function nativeLayout(layout: Layout): number {
  return (
    (layout.areaLayout === 'padded' ? 1 : 0) +
    (layout.counterLayout === 'own-line' ? 2 : 0) +
    (layout.slotIndex === 'bitmap' ? 4 : 0)
  )
}
