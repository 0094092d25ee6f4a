/** A trace in another pool than that in which it was recorded. */
import { countOf, verbOf } from '../data/units.js'
import { type Trace, unplacedOperations } from '../trace/index.js'
import type { ReplayPool } from './pool.js'

interface Rehoused {
  readonly trace: Trace
  close(): void
}

function isOther({ placedIn = {} }: Trace, { slots, areas, start }: ReplayPool): boolean {
  const { nslabs = slots, nareas = areas, start: begin = start } = placedIn
  return nslabs !== slots || nareas !== areas || begin !== start
}

/**
 * The trace as it can be replayed in a pool: as it is, if it was recorded in that one. In any other,
 * the search chooses every place, and maps that failed when they were recorded are asked for again.
 */
export async function inPool(
  trace: Trace,
  pool: ReplayPool,
  signal: AbortSignal | undefined,
): Promise<Rehoused> {
  if (!isOther(trace, pool)) return { trace, close: () => undefined }
  const { operations, times, failed, heldFor, close } = await unplacedOperations(trace, { signal })
  const { times: _, devices: __, ...rest } = trace
  const again =
    failed === 0
      ? ''
      : `; ${countOf(failed, 'map')} that failed there ${verbOf(failed, 'is', 'are')} asked for again, each held for ${countOf(heldFor, 'operation')}`
  return {
    trace: {
      ...rest,
      operations,
      ...(times && { times }),
      unplacedBefore: 0,
      failedMaps: 0,
      failedSlots: 0,
      warnings: [
        ...trace.warnings,
        `this is another pool than that of the recording, so the search chooses every place${again}`,
      ],
    },
    close,
  }
}
