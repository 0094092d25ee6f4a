/** The pools that a text tells of: by what the kernel says at boot, by totals, by counters. */

import { SLOT_BYTES } from '../data/units.js'
import type { ToldPool } from '../results/explain.js'
import { type Context, numberOf } from './context.js'
import { linesOf } from './finding.js'
import { groupBy } from './group.js'
import { once } from './once.js'

const SLOTS_OF_MIB = 512

/** What a boot says of its pool when it makes it. */
function atBoot(context: Context, boot: number): ToldPool | undefined {
  const [mapped, halved, roundup, adjusted, able] = [
    context.of('mapped', boot).at(-1),
    context.of('halved', boot).at(-1),
    context.of('roundup', boot).at(-1),
    context.of('adjusted', boot).at(-1),
    context.of('only-able', boot).at(-1),
  ]
  const areas = context.of('areas', boot).at(-1)
  const said = [areas, roundup, adjusted, halved, able, mapped].flatMap((one) => one ?? [])
  // Less than 1 MiB is printed as 0: nobody can tell it from that.
  const slots = mapped
    ? mapped.said.bytes / SLOT_BYTES
    : (halved?.said.to ??
      (able?.said.mib ?? roundup?.said.mib ?? adjusted?.said.mib ?? 0) * SLOTS_OF_MIB)
  if (!Number.isInteger(slots) || slots <= 0) return undefined
  // Announced, and then not there.
  if (!mapped && context.of('no-pool', boot).length > 0) return undefined
  const most = Math.max(Math.floor(slots / 128), 1)
  return {
    host: null,
    slots,
    bytes: slots * SLOT_BYTES,
    areas: areas ? Math.min(areas.said.areas, most) : null,
    from: linesOf(said),
  }
}

interface Total {
  readonly slots: number
  readonly boot: number
  readonly lines: readonly number[]
}

/** Totals that failures and counters name. */
function totalsOf({ failures, samples }: Context): Total[] {
  const failed = failures.flatMap(({ total, boot, lines }) =>
    total !== null && total > 0 ? [{ slots: total, boot, lines: lines.slice(0, 1) }] : [],
  )
  const counted = samples.flatMap((sample) => {
    const slots = numberOf(sample, 'nslabs')
    return slots !== null && slots > 0 ? [{ slots, boot: sample.boot, lines: sample.lines }] : []
  })
  return [...failed, ...counted]
}

/** The totals of one boot, each once. */
const byTotals = (totals: readonly Total[]): ToldPool[] =>
  [...groupBy(totals, ({ slots }) => slots)].map(([slots, own]) => ({
    ...{ host: null, slots, bytes: slots * SLOT_BYTES, areas: null },
    from: linesOf(own),
  }))

/** What each boot's pool was made as, and other totals that its lines name. */
export const poolsOf = once((context): readonly ToldPool[] => {
  const byBoot = groupBy(totalsOf(context), ({ boot }) => boot)
  const all = Array.from({ length: context.boots }, (_, boot) => boot).flatMap((boot) => {
    const made = atBoot(context, boot)
    const totals = byTotals(byBoot.get(boot) ?? [])
    if (!made) return totals
    const same = totals.find(({ slots }) => slots === made.slots)
    const from = linesOf([made, same ?? made].map((one) => ({ lines: one.from })))
    return [{ ...made, from }, ...totals.filter((one) => one !== same)]
  })
  // A pool that is the same in each boot is one.
  const alike = groupBy(all, ({ slots, areas }) => `${slots} ${areas}`)
  return [...alike.values()].flatMap((own) => {
    const [first] = own
    return first ? [{ ...first, from: linesOf(own.map(({ from }) => ({ lines: from }))) }] : []
  })
})
