/** The pool that a trace is replayed in. */
import { InputError } from '../data/errors.js'
import { checkPool, type PoolPlace } from '../measure/pool-run.js'
import type { ReplayOptions } from '../results/replay.js'
import { refuseAttempts, type Trace, UNKNOWN_AREAS, UNKNOWN_SLOTS } from '../trace/index.js'

const DEFAULT_START = 0x40000000n

export type ReplayPool = PoolPlace

/** The pool of the trace, or what the caller says instead; what is missing is an error. */
export function poolOf(trace: Trace, options: ReplayOptions): ReplayPool {
  refuseAttempts(trace)
  const slots = options.slots ?? trace.pool.nslabs
  const areas = options.areas ?? trace.pool.nareas
  const start = options.poolStart ?? trace.pool.start ?? DEFAULT_START
  if (slots === undefined) {
    throw new InputError(
      `${trace.file}: ${UNKNOWN_SLOTS}; give its slots (--slots). On the machine, ` +
        '/sys/kernel/debug/swiotlb/io_tlb_nslabs holds them, and so does the line "software IO TLB: ' +
        'mapped [mem 0x..-0x..] (64MB)" of dmesg: 512 slots for each MB. size takes all that was bounced ' +
        'for the load of one pool, and finds the smallest that serves it',
    )
  }
  if (areas === undefined) {
    throw new InputError(
      `${trace.file}: ${UNKNOWN_AREAS}; give them (--areas). On the machine, ` +
        'the line "software IO TLB: area num 8." of dmesg says it; without that line it is one. size tries ' +
        'each number of areas',
    )
  }
  const pool = { slots, areas, start }
  checkPool(pool)
  return pool
}
