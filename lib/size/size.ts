/**
 * `size`: the smallest pool that serves a trace.
 *
 * | step                                            | in          |
 * | ----------------------------------------------- | ----------- |
 * | one trace, and several                          | here        |
 * | all of them at once, in several meetings        | together.ts |
 * | a trace as a load to be sized                   | recorded.ts |
 * | the answer for one load                         | sizing.ts   |
 * | what is asked for, whatever the pool            | demand.ts   |
 * | pools of the kernel's sizes, tried from below   | search.ts   |
 * | pools beside the answer, and what becomes there | beside.ts   |
 * | the moment in which a smaller pool fails        | why.ts      |
 * | more load, and several loads at once            | load.ts     |
 * | what is to be known before it is deployed       | cautions.ts |
 * | what trackers would have reported               | booked.ts   |
 * | other orders of the same operations             | orders.ts   |
 */

import { families } from '../boot/family.js'
import { InputError, wholeNumber } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { checkObject, listArgument, optionsOf } from '../data/options.js'
import { sizeShape } from '../results/options.js'
import type { SizeOptions, SizeResult, Sizing } from '../results/size.js'
import { limits } from '../scenario/schema.js'
import { checkTrace } from '../trace/index.js'
import { type Load, loadOf, type SizeInput } from './recorded.js'
import { sizeLoad } from './sizing.js'
import { sizeTogether, togetherName } from './together.js'

const MAX_MARGIN = 1000
const MAX_ORDERS = 1000
const MAX_CPUS = 65536

function checkValues(options: SizeOptions): void {
  const { marginPercent = 0, orders = 0, overlapUs = 0, seed = 1, cpus = 1 } = options
  const { areas, kernel, enough, meetings = 0 } = options
  const within = (what: string, value: number, most: number): void => {
    if (value >= 0 && value <= most) return
    throw new InputError(`${what}: expected a number from 0 to ${most}, not ${value}`)
  }
  within('margin', marginPercent, MAX_MARGIN)
  within('orders', orders, MAX_ORDERS)
  wholeNumber('meetings', meetings, 0, MAX_ORDERS)
  within('overlap', overlapUs, 1e9)
  wholeNumber('seed', seed, ...limits.seed)
  wholeNumber('cpus', cpus, 1, MAX_CPUS)
  for (const count of areas ?? []) wholeNumber('areas', count, ...limits.areas)
  if (enough) {
    wholeNumber('enough.slots', enough.slots, 0, Number.MAX_SAFE_INTEGER)
    if (enough.areas !== undefined) wholeNumber('enough.areas', enough.areas, ...limits.areas)
  }
  if (kernel !== undefined && !families.includes(kernel)) {
    throw new InputError(`kernel: expected ${families.join(', ')}`)
  }
  if (kernel !== undefined && !enough) {
    throw new InputError('kernel: expected with enough; else the answer is for kernels from 6.0 on')
  }
  if (areas?.length === 0) throw new InputError('areas: expected at least one number')
}

const needsMore = (a: Sizing, b: Sizing): boolean => {
  const [one, other] = [a, b].map(({ answer }) => answer?.slots ?? Infinity) as [number, number]
  return one === other ? a.loadPeakSlots > b.loadPeakSlots : one > other
}

/** The one that needs most; those that no pool serves, and those without an answer, come first. */
const worstOf = (all: readonly Sizing[]): Sizing => all.reduce((a, b) => (needsMore(b, a) ? b : a))

const schema = optionsOf(sizeShape)

/**
 * The smallest pool that serves a trace, found with the real allocator. Of several traces: that of the
 * one that needs most, each by itself, and all of them at the same time.
 *
 * @throws InputError for a trace without a mapping of the pool, or an option that makes no sense; the
 *   signal's reason when it was aborted
 */
export function size(inputs: readonly SizeInput[], options: SizeOptions = {}): Promise<SizeResult> {
  return follow(schema, options, (followed) => sizeAll(inputs, followed))
}

async function sizeAll(inputs: readonly SizeInput[], options: SizeOptions): Promise<SizeResult> {
  for (const input of listArgument('traces', inputs, 'a list of {trace}')) {
    checkTrace(checkObject('traces', input, '{trace}').trace)
  }
  checkValues(options)
  if (inputs.length === 0) throw new InputError('traces: expected at least one')
  const loads: Load[] = []
  try {
    for (const input of inputs) loads.push(await loadOf(input, options))
    const traces: Sizing[] = []
    const names = [...loads.map(({ name }) => name), togetherName(loads)]
    for (const load of loads) {
      traces.push(await sizeLoad(load, options))
      if (loads.length === 1) continue
      const done = [...traces]
      options.onSoFar?.({ ...worstOf(done), traces: done, missing: names.slice(done.length) })
    }
    const worst = worstOf(traces)
    if (loads.length === 1) return worst
    return { ...worst, traces, together: await sizeTogether(loads, { worst, traces }, options) }
  } finally {
    for (const { demand } of loads) demand.close()
  }
}
