/** Pools that some device has to itself: swiotlb= neither makes nor sizes them. */
import { formatSlots, SLOT_BYTES } from '../data/units.js'
import { type Context, numberOf, type Sample, sameDevice } from './context.js'
import { lineWords } from './numbers.js'

const MIB = 1024 * 1024

/** The pool of all devices in one boot, by what the kernel says of it and by its counters. */
interface Common {
  readonly slots: number
  readonly lines: readonly number[]
}

function commonIn(context: Context, boot: number): Common | undefined {
  const mapped = context.of('mapped', boot).at(-1)
  if (mapped) return { slots: mapped.said.bytes / SLOT_BYTES, lines: mapped.lines }
  const counted = context.samples.find((one) => one.boot === boot && one.pool === '')
  const slots = counted && numberOf(counted, 'nslabs')
  return slots ? { slots, lines: counted.lines } : undefined
}

/** Which pool is meant: of a boot, with so many slots, that one device met. */
export interface Meant {
  readonly boot: number
  readonly total: number
  readonly device: string | null
}

/** A pool of a device's own: why it is taken for one. */
export interface OwnPool {
  readonly certain: boolean
  /** Goes on from "a pool of the device's own". */
  readonly why: string
}

/** Whom the kernel gives a pool: the device that is meant, others alone, or nobody knows. */
function givenTo(context: Context, { boot, device }: Meant, at: bigint): 'it' | 'others' | null {
  const given = context.of('assigned', boot).filter(({ said }) => said.at === at)
  const named = given.flatMap(({ said }) => said.device ?? [])
  if (device === null) return null
  if (named.some((one) => sameDevice(device, one))) return 'it'
  return named.length > 0 && named.length === given.length ? 'others' : null
}

/** What tells that a pool is a device's own; undefined where nothing does. */
export function ownPoolOf(context: Context, meant: Meant): OwnPool | undefined {
  const { boot, total } = meant
  const common = commonIn(context, boot)
  const made = context
    .of('restricted', boot)
    // The kernel prints whole MiB.
    .filter(({ said }) => said.bytes === Math.floor((total * SLOT_BYTES) / MIB) * MIB)
    .map((one) => ({ ...one, whose: givenTo(context, meant, one.said.at) }))
    .filter(({ whose }) => whose !== 'others')
  const given = made.find(({ whose }) => whose === 'it')
  const alike = given ?? (common?.slots === total ? undefined : made[0])
  if (alike) {
    // That of all devices may be as large, as long as no line tells its size.
    const certain = given !== undefined || common !== undefined
    return {
      certain,
      why: `${lineWords(alike.lines)} makes ${certain ? 'it' : 'one of that size'}`,
    }
  }
  if (common?.slots === total) return undefined
  const counted = context.samples.find(
    (one) => one.boot === boot && one.pool !== '' && numberOf(one, 'nslabs') === total,
  )
  if (counted) return { certain: common !== undefined, why: countersWhy(counted.pool) }
  if (common === undefined) return undefined
  // That of all devices grows, and never shrinks.
  if (total > common.slots) return undefined
  return {
    certain: false,
    why: `that of all devices has ${formatSlots(common.slots)}, by ${lineWords(common.lines)}, unless these lines are of several machines`,
  }
}

const countersWhy = (pool: string): string => `${pool} has its size, by the counters`

/** The pool whose counters are in a folder of its own. */
export const ownPoolOfSample = ({ pool }: Sample): OwnPool | undefined =>
  pool === '' ? undefined : { certain: true, why: `these are the counters of ${pool}` }

/** What to do about the size of such a pool. */
export const ownPoolAdvice = (change: 'larger' | 'smaller', own: OwnPool): string =>
  `Leave swiotlb= as it is, it does not size this pool. ${own.certain ? 'It is' : 'It seems to be'} one of a device's own: ` +
  `${own.why}. To make it ${change}: the size of its restricted-dma-pool under reserved-memory in the device tree.`
