/** The public face: a table of contents. */
export { AddonError, liveRuns, ResourceError } from './addon.js'
export {
  checkTrackerFile,
  type OwnCheckOptions,
  type OwnReplayOptions,
  replayFindingFile,
} from './own/check.js'
export { type CompareAll, type OwnOptions, withTrackerFiles } from './own/compare.js'
export { trackerSource } from './own/files.js'
export { type OwnReplayAllOptions, type ReplayAll, withReplayFiles } from './own/replay.js'
export { type OwnRunOptions, runTrackerFile } from './own/run.js'
export type {
  OwnCheck,
  OwnComparison,
  OwnReplay,
  OwnRow,
  OwnRun,
  OwnTraceReplay,
  OwnTracker,
} from './own/types.js'
export { comparisonText } from './report/comparison.js'
export { compare } from './run/compare.js'
export { host } from './run/host.js'
export {
  inRegime,
  LINE_FACTOR,
  type Line,
  type LineProbe,
  type LineRegime,
  type LineRegimes,
  type LineRound,
  lineRegimes,
} from './run/line.js'
export { type OperationTrail, replay, replayOperations, replayPlacements } from './run/replay.js'
export {
  type ReplayEngine,
  type ReplayOptions,
  type ReplayPrediction,
  type ReplayResult,
  type ReplayRow,
  replayEngines,
} from './run/replay-types.js'
export { type RunScenarioOptions, runScenario } from './run/run.js'
export { estimate, ratio } from './run/statistics.js'
export type {
  Accuracy,
  AnyTracker,
  CompareOptions,
  Comparison,
  Counts,
  Engine,
  Estimate,
  Host,
  LargerAreas,
  Latency,
  Layout,
  OwnTrackerName,
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
export { engines } from './run/types.js'
export {
  type KernelLibrary,
  type KernelVariant,
  type TimedVariant,
  timeVariants,
  type Variant,
  type VariantOptions,
  type VariantTiming,
} from './run/variants.js'
export { InputError } from './scenario/errors.js'
export { presets, review } from './scenario/presets.js'
export { adjustSize, loadScenario, resolveScenario, roundings } from './scenario/resolve.js'
export { type Scenario, type ScenarioInput, scenarioSchema } from './scenario/schema.js'
export { formatBytes, formatSlots, parseBytes, parseSlots } from './scenario/units.js'
export {
  type Address,
  closeTrace,
  type Elsewhere,
  fileSource,
  type MapRequest,
  type OpenOptions,
  Operations,
  OperationsBuilder,
  openTrace,
  type PlaceRequest,
  type PoolFacts,
  readTrace,
  type SpooledTrace,
  streamSource,
  type Trace,
  TraceError,
  type TraceHints,
  type TraceSource,
  type Unused,
  type WholeTrace,
  writeOperationLog,
} from './trace/index.js'
export { type TrackerName, trackers } from './trackers.generated.js'
export { buildKernelLibraries, type KernelLibraries } from './verify/library.js'
export type { Difference, VerifyOptions, VerifyResult, VerifyRow } from './verify/types.js'
export { verify } from './verify/verify.js'
export { type CalibrateOptions, type Calibration, calibrate } from './virtual/calibrate.js'
export {
  type CheckOptions,
  type CheckResult,
  check,
  replayFinding,
  traitsOf,
} from './virtual/check.js'
export { type CostModel, checkCostModel, costModels, loadCostModel } from './virtual/cost-model.js'
export { lossThresholds, type Passing, passings } from './virtual/scaling.js'
export { resolveTopology } from './virtual/topology.js'
export {
  type Beside,
  besideNames,
  type Differ,
  type DifferRun,
  type Finding,
  type FindingName,
  type Machine,
  type MachineOptions,
  type Pace,
  type Policy,
  type Prediction,
  paces,
  policies,
  type Race,
  type RaceSide,
  type Races,
  type RecordedOrder,
  type ReplayMachine,
  type Unreached,
  type Until,
  type VirtualRow,
  type WantedFinding,
  wantedFindings,
} from './virtual/types.js'
