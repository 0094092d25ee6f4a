/** What a value of `swiotlb=` that is not read as a whole was probably written for. */
import { SLOT_BYTES } from '../data/units.js'
import { type Family, hasAreas } from './family.js'

const POWERS = { k: 1, m: 2, g: 3, t: 4 } as const

/** Slots of `512m`, `64 MB`, `1GiB` somewhere in a value; undefined where there is none. */
function sizeIn(value: string): number | undefined {
  const found = /(?:^|[,=])(\d{1,9})([kmgt])(?:i?b)?(?![a-z])/i.exec(value)
  if (!found) return undefined
  const unit = (found[2] ?? 'm').toLowerCase() as keyof typeof POWERS
  const slots = Math.ceil((Number(found[1]) * 1024 ** POWERS[unit]) / SLOT_BYTES)
  return Number.isSafeInteger(slots) && slots > 0 ? slots : undefined
}

/** `swiotlb=262144,force` for `512m,force`; null where nothing can be guessed. */
export function meantBy(value: string, family: Family): string | null {
  const parts = value.split(',')
  const [slots, areas] = parts.filter((part) => /^\d+$/.test(part))
  const size = sizeIn(value) ?? (slots === undefined ? undefined : Number(slots))
  const bounce = parts.find((part) => part === 'force' || part === 'noforce')
  const track = family === '7.3' && parts.some((part) => part.startsWith('track'))
  const words = [
    ...(size === undefined ? [] : [`${size}`]),
    ...(areas !== undefined && size !== undefined && hasAreas(family) ? [areas] : []),
    ...(bounce === undefined ? [] : [bounce]),
    ...(track ? ['track_hiwater'] : []),
  ]
  return words.length === 0 ? null : `swiotlb=${words.join(',')}`
}
