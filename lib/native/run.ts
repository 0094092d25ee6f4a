/** Runs a plan in the addon. Each kind has a file in plans/: what it is given, and what it gives. */
import { addon, asked, kindOf } from './addon.js'
import type { AccuracyPlan, NativeAccuracy, NativeSerial, SerialPlan } from './plans/accuracy.js'
import type { BenchPlan, NativeBench } from './plans/bench.js'
import type { CalibratePlan, NativeCalibration } from './plans/calibrate.js'
import type { CheckPlan, CheckReplayPlan, NativeFinding } from './plans/check.js'
import type { NativeReplay, ReplayPlan } from './plans/replay.js'
import type {
  LoopPlan,
  NativeLoop,
  NativeVirtual,
  NativeVirtualReplay,
  VirtualPlan,
  VirtualReplayPlan,
} from './plans/virtual.js'

/** What each kind of plan gives. */
interface Results {
  readonly serial: NativeSerial
  readonly accuracy: NativeAccuracy
  readonly bench: NativeBench
  readonly replay: NativeReplay
  readonly virtual: NativeVirtual
  readonly 'virtual-replay': NativeVirtualReplay
  readonly check: NativeFinding
  readonly 'check-replay': NativeFinding
  readonly calibrate: NativeCalibration
  readonly loop: NativeLoop
}

export type Plan =
  | SerialPlan
  | AccuracyPlan
  | BenchPlan
  | ReplayPlan
  | VirtualPlan
  | VirtualReplayPlan
  | CheckPlan
  | CheckReplayPlan
  | CalibratePlan
  | LoopPlan

export interface NativeOptions {
  readonly signal?: AbortSignal | undefined
  /** Share of the run that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined
}

/**
 * Runs a plan on threads of its own. Rejects with the signal's reason when it was aborted, with what
 * onProgress threw, both after the run's threads have ended, and with ResourceError.
 */
export async function runNative<P extends Plan>(
  plan: P,
  { signal, onProgress }: NativeOptions = {},
): Promise<Results[P['kind']]> {
  signal?.throwIfAborted()
  let failure: { readonly error: unknown } | undefined
  const onDone = (done: number, total: number): void => {
    // Nothing may be thrown into N-API.
    try {
      if (!failure) onProgress?.(total > 0 ? done / total : 0)
    } catch (error) {
      failure = { error }
      handle.cancel()
    }
  }
  const handle = asked(() => addon().start(plan, onDone))
  const abort = (): void => handle.cancel()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const result = await handle.promise.catch((error: unknown) => {
      throw kindOf(error)
    })
    if (failure) throw failure.error
    signal?.throwIfAborted()
    return result as Results[P['kind']]
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
