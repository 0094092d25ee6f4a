/** Pools that grow while the kernel runs, as SWIOTLB_DYNAMIC lets them. */
import { isBefore } from '../boot/family.js'
import { formatSlots } from '../data/units.js'
import { type Context, type Failure, numberOf } from './context.js'
import { groupBy } from './group.js'
import { lineWords } from './numbers.js'
import { once } from './once.js'
import type { Meant } from './own-pool.js'

/** One pool of one boot, in several sizes. */
export interface Growth {
  readonly boot: number
  /** From the least on. */
  readonly totals: readonly number[]
  readonly lines: readonly number[]
  /** Whether stamps say that all of it is of one boot. */
  readonly stamped: boolean
}

interface Told {
  readonly total: number
  readonly line: number
  readonly stamped: boolean
}

const sorted = (numbers: Iterable<number>): number[] => [...new Set(numbers)].sort((a, b) => a - b)

/** What one pool was told to have, time after time; undefined where that is no growth. */
function growthOf(boot: number, told: readonly Told[]): Growth | undefined {
  const totals = told.map(({ total }) => total)
  const grows = totals.every((total, i) => i === 0 || total >= (totals[i - 1] ?? 0))
  if (!grows || totals.at(-1) === totals[0]) return undefined
  return {
    boot,
    totals: sorted(totals),
    lines: sorted(told.map(({ line }) => line)),
    stamped: told.every((one) => one.stamped),
  }
}

/** Totals that one device met in one boot: it has one pool. */
function byDevices({ failures }: Context): Growth[] {
  const named = failures.filter(({ device }) => device !== null)
  return [...groupBy(named, ({ boot, device }) => `${boot} ${device}`).values()].flatMap((all) => {
    const told = all.flatMap(({ total, lines, uptime }) =>
      total ? [{ total, line: lines[0] ?? 0, stamped: uptime !== null }] : [],
    )
    return growthOf(all[0]?.boot ?? 0, told) ?? []
  })
}

/** Sizes that one pool's counters had in one boot. */
function byCounters({ samples }: Context): Growth[] {
  return [...groupBy(samples, ({ boot, pool }) => `${boot} ${pool}`).values()].flatMap((all) => {
    const told = all.flatMap((sample) => {
      const total = numberOf(sample, 'nslabs')
      return total ? [{ total, line: sample.lines[0] ?? 0, stamped: false }] : []
    })
    return growthOf(all[0]?.boot ?? 0, told) ?? []
  })
}

/** Those that share a size are of one pool. */
function joined(growths: readonly Growth[]): Growth[] {
  const pools: Growth[] = []
  for (const one of growths) {
    const at = pools.findIndex(({ totals }) => totals.some((total) => one.totals.includes(total)))
    const before = pools[at]
    if (!before) pools.push(one)
    else {
      pools[at] = {
        boot: one.boot,
        totals: sorted([...before.totals, ...one.totals]),
        lines: sorted([...before.lines, ...one.lines]),
        stamped: before.stamped || one.stamped,
      }
    }
  }
  return pools
}

/** The pools that grew, by boot. Kernels let them since 6.6. */
const growthsOf = once((context): ReadonlyMap<number, readonly Growth[]> => {
  const all = groupBy([...byDevices(context), ...byCounters(context)], ({ boot }) => boot)
  const growing = [...all].filter(([boot]) => {
    const version = context.versionOf(boot)
    return version === undefined || !isBefore(version, 6, 6)
  })
  return new Map(growing.map(([boot, growths]) => [boot, joined(growths)]))
})

/** The growth of the pool that had this size in a boot; undefined where it did not grow. */
const growthWith = (context: Context, boot: number, total: number): Growth | undefined =>
  growthsOf(context)
    .get(boot)
    ?.find(({ totals }) => totals.includes(total))

/** What a pool grew to in a boot of which one of its sizes is known; that size, where it did not grow. */
export const grownTo = (context: Context, boot: number, total: number): number =>
  growthWith(context, boot, total)?.totals.at(-1) ?? total

/**
 * The largest pool that a device failed in, as large as it grew: what is asked for must be more than that.
 *
 * @param own the failures that are meant, one at least, all with a total; those of the same device count as
 *   well, whatever the cause
 */
export function largestPool(context: Context, own: readonly Failure[]): Meant {
  const [first] = own
  const device = first?.device ?? null
  const all = device === null ? own : context.failures.filter((one) => one.device === device)
  const pools = all.flatMap(({ boot, total }) =>
    total === null ? [] : [{ boot, device, total: grownTo(context, boot, total) }],
  )
  return pools.reduce((most, one) => (one.total > most.total ? one : most), {
    ...{ boot: first?.boot ?? 0, total: first?.total ?? 0, device },
  })
}

const sizesWords = (slots: readonly number[]): string =>
  `from ${slots[0]} to ${formatSlots(slots.at(-1) ?? 0)}`

/** Why it grew, as far as the lines tell. */
const whyGrown = ({ stamped }: Growth): string =>
  stamped
    ? 'this kernel lets it grow (SWIOTLB_DYNAMIC)'
    : 'either this kernel lets it grow (SWIOTLB_DYNAMIC), or the lines are of several boots'

/** A sentence for each pool that grew. */
export const growthFacts = (context: Context): string[] =>
  [...growthsOf(context).values()].flat().map((growth) => {
    const { totals, lines } = growth
    return `${lineWords(lines)}: the pool grew ${sizesWords(totals)}: ${whyGrown(growth)}`
  })

/** That mappings of one device failed in pools of several sizes, and what that means. */
export function severalPools(context: Context, own: readonly Failure[]): string[] {
  const sizes = sorted(own.flatMap(({ total }) => total || []))
  if (sizes.length < 2) return []
  const [growth] = own.flatMap(({ boot, total }) =>
    total === null ? [] : (growthWith(context, boot, total) ?? []),
  )
  return [
    growth
      ? `The pool grew ${sizesWords(growth.totals)} meanwhile: ${whyGrown(growth)}. That came after the failures: what ` +
        'swiotlb= asks for is there from the beginning.'
      : `It failed in pools of ${sizes.length} sizes, ${sizesWords(sizes)}.`,
  ]
}
