/** The public face: a table of contents. */
export { liveRuns } from './native.js'
export { compare } from './run/compare.js'
export { host } from './run/host.js'
export { type OperationTrail, replay, replayOperations, replayPlacements } from './run/replay.js'
export type { ReplayOptions, ReplayResult, ReplayRow } from './run/replay-types.js'
export { type RunScenarioOptions, runScenario } from './run/run.js'
export { estimate, ratio } from './run/statistics.js'
export type {
  Accuracy,
  CompareOptions,
  Comparison,
  Counts,
  Engine,
  Estimate,
  Host,
  Latency,
  Layout,
  Progress,
  Ratio,
  Row,
  RunOptions,
  RunResult,
  SlotRange,
  Throughput,
  Timing,
  Verdict,
} from './run/types.js'
export {
  type TimedVariant,
  timeVariants,
  type Variant,
  type VariantOptions,
  type VariantTiming,
} from './run/variants.js'
export { InputError } from './scenario/errors.js'
export { presets, review } from './scenario/presets.js'
export { adjustSize, loadScenario, resolveScenario } from './scenario/resolve.js'
export { type Scenario, type ScenarioInput, scenarioSchema } from './scenario/schema.js'
export { formatBytes, formatSlots, parseBytes, parseSlots } from './scenario/units.js'
export {
  Operations,
  OperationsBuilder,
  readTrace,
  type Trace,
  TraceError,
  type TraceHints,
  writeOperationLog,
} from './trace/index.js'
export { type TrackerName, trackers } from './trackers.generated.js'
