/** The public face: a table of contents. */

export { type Family, families } from './boot/family.js'
export type {
  Dropped,
  Pool as BootPool,
  PoolByCpus as BootPoolByCpus,
  ReadValue,
  Told as BootParameter,
} from './boot/told.js'
export { type CalibrateOptions, type Calibration, calibrate } from './calibrate/calibrate.js'
export { type CaptureOptions, captureScript } from './capture/script.js'
export { check, type ReplayFindingOptions, replayFinding } from './check/check.js'
export {
  checkTrackerFile,
  replayFindingOnTrackerFile,
  type TrackerFileCheckOptions,
  type TrackerFileFindingOptions,
} from './check/tracker-file.js'
export { compare } from './compare/compare.js'
export { frontierMoves } from './compare/frontier-moves.js'
export { type RunScenarioOptions, runScenario } from './compare/run.js'
export { runTrackerFile, type TrackerFileRunOptions } from './compare/run-file.js'
export {
  type CompareWithFiles,
  type CompareWithFilesOptions,
  withTrackerFiles,
} from './compare/tracker-files.js'
export { type CostModel, checkCostModel } from './data/cost-model.js'
export { InputError, OutputError } from './data/errors.js'
export { type TrackerName, trackers } from './data/trackers.generated.js'
export { formatBytes, formatSlots, parseBytes, parseSlots } from './data/units.js'
export { type DevicesOptions, devices } from './devices/devices.js'
export { type ExplainOptions, explain } from './explain/explain.js'
export { bootTrackers, type GuestOptions, type GuestResult, type GuestRow } from './guest/guest.js'
export {
  countInstructions,
  type InstructionsOptions,
  type InstructionsResult,
} from './guest/instructions.js'
export type { GuestStep } from './guest/prepare.js'
export { buildKernelLibraries, type KernelLibraries, type KernelLibrary } from './kernel/library.js'
export { type Cpu, machineCpus } from './measure/cpus.js'
export { host } from './measure/host.js'
export { inRegime, LINE_FACTOR, lineRegimes } from './measure/line.js'
export { offWasItself } from './measure/noise.js'
export { estimate, ratio } from './measure/statistics.js'
export { type OperationTrail, replayOperations, type TrailOptions } from './measure/trail.js'
export {
  type KernelVariant,
  type TimedVariant,
  timeVariants,
  type Variant,
  type VariantOptions,
  type VariantTiming,
} from './measure/variants.js'
export { AddonError, liveRuns, ResourceError } from './native/addon.js'
export { traitsOf } from './native/trackers.js'
export { type ParamOptions, param } from './param/param.js'
export { type TrackerMemory, trackerMemory } from './patch/memory.js'
export { type PatchOptions, type PatchResult, patch } from './patch/patch.js'
export { costModels, loadCostModel } from './predict/cost-model.js'
export { type LoopOptions, type PredictedLoop, predictLoop } from './predict/loop.js'
export { lossThresholds, type Passing, passings } from './predict/scaling.js'
export { resolveTopology } from './predict/topology.js'
export { type ReplayPlacementsOptions, replayPlacements } from './replay/placements.js'
export { replay } from './replay/replay.js'
export {
  type ReplayWithFiles,
  type ReplayWithFilesOptions,
  withReplayFiles,
} from './replay/tracker-files.js'
export { formatRatio } from './report/parts/noise.js'
export { bootedPromise } from './report/parts/promise.js'
export { bootText } from './report/text/boot.js'
export { captureText, type Replayed } from './report/text/boot-capture.js'
export { comparisonText } from './report/text/compare.js'
export { instructionsText } from './report/text/instructions.js'
export { table as textTable } from './report/words.js'
export {
  type Beside,
  besideNames,
  type CheckOptions,
  type CheckResult,
  type Differ,
  type DifferRun,
  type Finding,
  type FindingName,
  type Largest,
  type Place,
  type Policy,
  policies,
  type Race,
  type RaceSide,
  type Races,
  type Step,
  type StepName,
  type Unreached,
  type Until,
  type WantedFinding,
  wantedFindings,
} from './results/check.js'
export type {
  Accuracy,
  CompareOptions,
  Comparison,
  Counts,
  Host,
  Row,
  RunOptions,
  RunResult,
  Throughput,
  Timing,
  Verdict,
} from './results/comparison.js'
export type {
  DevicesResult,
  DeviceUse,
  HoldSpread,
  SizeSpread,
  Suspect,
} from './results/devices.js'
export type { Cause, Explanation, Finding as Explained, ToldPool } from './results/explain.js'
export type { Estimate, LargerAreas, Latency, Ratio, SlotRange } from './results/figures.js'
export type { Line, LineProbe, LineRegime, LineRegimes, LineRound } from './results/line.js'
export {
  type ReplayEngine,
  type ReplayOptions,
  type ReplayPrediction,
  type ReplayResult,
  type ReplayRow,
  replayEngines,
} from './results/replay.js'
export type { SelftestResult } from './results/selftest.js'
export type {
  AreaRow,
  AreaState,
  Booked,
  Failure,
  FailureCause,
  Meetings,
  PoolSize,
  RecordedPool,
  SizeOptions,
  SizeResult,
  SizeVerdict,
  Sizing,
  TogetherSizing,
  Tried,
} from './results/size.js'
export type { AnyTracker, Engine, Layout, Progress, TrackerFileName } from './results/variant.js'
export { engines } from './results/variant.js'
export {
  type Machine,
  type MachineOptions,
  type Pace,
  type Prediction,
  paces,
  type RecordedOrder,
  type ReplayMachine,
  type VirtualRow,
} from './results/virtual.js'
export type {
  Leak,
  Unknown,
  WatchName,
  WatchReason,
  WatchSample,
  WatchValues,
} from './results/watch.js'
export { type PresetName, presets, review } from './scenario/presets.js'
export { adjustSize, loadScenario, resolveScenario, roundings } from './scenario/resolve.js'
export { type Scenario, type ScenarioInput, scenarioSchema } from './scenario/schema.js'
export { exportSelftest, type SelftestOptions } from './selftest/export.js'
export type { SizeInput } from './size/recorded.js'
export { size } from './size/size.js'
export {
  type Address,
  type Attempts,
  type Capture,
  closeTrace,
  type Elsewhere,
  fileSource,
  type JoinedSource,
  joinedSource,
  type MapRequest,
  type Notes,
  type OpenOptions,
  Operations,
  OperationsBuilder,
  openCapture,
  openTrace,
  type PlaceRequest,
  type PoolFacts,
  parseNotes,
  parseTrace,
  type ReadOptions,
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
export { trackerSource } from './tracker-file/files.js'
export type {
  ComparisonWithFiles,
  ReplayResultWithFiles,
  TrackerFileCheck,
  TrackerFileFinding,
  TrackerFileReport,
  TrackerFileRow,
  TrackerFileRun,
} from './tracker-file/types.js'
export type { Difference, VerifyOptions, VerifyResult, VerifyRow } from './verify/types.js'
export { verify } from './verify/verify.js'
export { type WatchClock, type WatchOptions, watch } from './watch/watch.js'
