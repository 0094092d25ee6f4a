/** The pool that a trace is replayed in. */
import { InputError, wholeNumber } from '../data/errors.js'
import type { ReplayOptions } from '../results/replay.js'
import { adjustSize, checkPoolMemory } from '../scenario/resolve.js'
import { refuseAttempts, type Trace } from '../trace/index.js'

const DEFAULT_START = 0x40000000n

export interface ReplayPool {
  readonly slots: number
  readonly areas: number
  readonly start: bigint
}

/** The pool of the trace, or what the caller says instead; what is missing is an error. */
export function poolOf(trace: Trace, options: ReplayOptions): ReplayPool {
  refuseAttempts(trace)
  const slots = options.slots ?? trace.pool.nslabs
  const areas = options.areas ?? trace.pool.nareas
  const start = options.poolStart ?? trace.pool.start ?? DEFAULT_START
  if (slots === undefined) {
    throw new InputError(
      `${trace.file}: does not say how large the pool is; give its slots (--slots). On the machine, ` +
        '/sys/kernel/debug/swiotlb/io_tlb_nslabs holds them, and so does the line "software IO TLB: ' +
        'mapped [mem 0x..-0x..] (64MB)" of dmesg: 512 slots for each MB',
    )
  }
  if (areas === undefined) {
    throw new InputError(
      `${trace.file}: does not say how many areas the pool has; give them (--areas). On the machine, ` +
        'the line "software IO TLB: area num 8." of dmesg says it; without that line it is one',
    )
  }
  wholeNumber('slots', slots, 1, 2 ** 30)
  wholeNumber('areas', areas, 1, 65536)
  if (start < 0n || start % 4096n !== 0n || start >= 1n << 63n) {
    throw new InputError(`pool start: expected a page aligned address below 2^63`)
  }
  // A pool that the kernel rounds otherwise can have no such trace; one area may have any size.
  const rounded = adjustSize(slots, areas)
  if (areas > 1 && (rounded.slots !== slots || rounded.areas !== areas)) {
    throw new InputError(
      `slots, areas: ${slots},${areas} is no pool that the kernel makes; it would be ` +
        `${rounded.slots},${rounded.areas}`,
    )
  }
  checkPoolMemory('slots', slots, false)
  return { slots, areas, start }
}
