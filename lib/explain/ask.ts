/** What a text lets one ask for where a pool was too small: nothing that cannot be had, or that takes some away. */
import { isBefore } from '../boot/family.js'
import { CONFIDENTIAL_SLOTS } from '../boot/pool.js'
import { formatBytes, formatSlots, SLOT_BYTES } from '../data/units.js'
import { reducedIn } from './causes/reduced.js'
import type { Context } from './context.js'
import { grownTo } from './growth.js'
import { lineWords } from './numbers.js'
import { type Meant, type OwnPool, ownPoolAdvice, ownPoolOf } from './own-pool.js'
import { poolsOf } from './pools.js'

/** What the rule for confidential VMs gives at most is asked for at most: more is seldom free in one piece below 4 GiB. */
const MOST_ASKED_SLOTS = CONFIDENTIAL_SLOTS
/** A pool of this share of it, and less, gains by being made as large as that. */
const WORTH_IT = 3 / 4

/** The advice, and the size that it names; null where it names none. */
export interface Ask {
  readonly askSlots: number | null
  readonly advice: readonly string[]
}

const parameter = (slots: number): string => `swiotlb=${slots} (${formatBytes(slots * SLOT_BYTES)})`

/** What the command line was to say, where that is more than the pool. */
function meantIn({ commandLines }: Context, { boot, total }: Meant): Ask | undefined {
  for (const { told, boot: own } of commandLines) {
    if (own !== boot) continue
    for (const { dropped } of told.values) {
      const slots = Number(/swiotlb=(\d+)/.exec(dropped?.meant ?? '')?.[1] ?? 0)
      if (slots > total) {
        const advice = `First what the command line was to say (see "ignored-parameter"): ${dropped?.meant}.`
        return { askSlots: slots, advice: [advice] }
      }
    }
  }
  return undefined
}

/** What becomes of a pool that cannot be had. */
function riskWords(context: Context, boot: number): string {
  const version = context.versionOf(boot)
  const confidential =
    context.of('encrypted', boot).some(({ said }) => said.guest) ||
    context.of('adjusted', boot).some(({ said }) => said.mib > 64)
  const none = confidential ? 'then this VM does not boot' : 'a confidential VM then does not boot'
  if (version === undefined)
    return `else the kernel halves it, and one before 6.3 makes none (${none})`
  return isBefore(version, 6, 3)
    ? `else Linux ${version.major}.${version.minor} makes none at all, and ${none}`
    : 'else the kernel halves it'
}

/** Another pool of the text, of all devices, that is larger than this one and than what would be asked for. */
function largerPool(context: Context, { boot, total }: Meant, ask: number): Ask | undefined {
  const others = poolsOf(context).filter(({ slots }) => slots > Math.max(ask, total))
  const [largest] = others
    .filter(({ slots }) => !ownPoolOf(context, { boot, total: slots, device: null }))
    .sort((a, b) => b.slots - a.slots)
  if (!largest) return undefined
  const advice =
    `No swiotlb= by this pool's size: ${lineWords(largest.from)} of the text ${largest.from.length === 1 ? 'tells' : 'tell'} of one of ` +
    `${formatSlots(largest.slots)}, which would become smaller. If both are of one boot, the smaller is a device's own (\`ls ` +
    '/sys/kernel/debug/swiotlb` shows a folder for each such pool), and the device tree sizes it; else see whether mappings still fail ' +
    'in the larger.'
  return { askSlots: null, advice: [advice] }
}

function beyondMost(total: number, risk: string): Ask {
  const words =
    `More than ${formatBytes(MOST_ASKED_SLOTS * SLOT_BYTES)} can seldom be had: most machines have 2 to 3 GiB of memory below 4 GiB. Only where ` +
    `\`dmesg | grep BIOS-e820\` shows so much free in one piece there: ${parameter(total * 2)}; ${risk}.`
  return { askSlots: null, advice: [words] }
}

/**
 * What to ask for instead of a pool that was too small.
 *
 * @param own where it is known already: a pool that one device has to itself
 * @param begin how the advice of a larger pool begins
 */
export function askFor(context: Context, meant: Meant, begin: string, own?: OwnPool): Ask {
  const { boot } = meant
  const device = own ?? ownPoolOf(context, meant)
  if (device) return { askSlots: null, advice: [ownPoolAdvice('larger', device)] }
  const intended = meantIn(context, meant)
  if (intended) return intended
  if (reducedIn(context, boot)) {
    const advice =
      'No larger swiotlb=: the kernel could not have more than this in one piece (see "reduced"), and would not of a larger one.'
    return { askSlots: null, advice: [advice] }
  }
  const total = grownTo(context, boot, meant.total)
  const slots = Math.min(total * 2, MOST_ASKED_SLOTS)
  const larger = largerPool(context, { ...meant, total }, slots)
  if (larger) return larger
  const risk = riskWords(context, boot)
  if (total > MOST_ASKED_SLOTS * WORTH_IT) return beyondMost(total, risk)
  return {
    askSlots: slots,
    advice: [
      `${begin}: ${parameter(slots)}. The number is one of slots, without a unit. It must be free in one piece, below 4 GiB ` +
        `on most machines; ${risk}.`,
    ],
  }
}
