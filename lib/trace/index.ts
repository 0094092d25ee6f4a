/** Readers of other people's traces, and the operation log. */

export { type Attempts, refuseAttempts, SizeCounts, WHY_NOT_BOUNCED } from './attempts.js'
export { notesBesideAll, remarksBesideAll } from './beside.js'
export { type JoinedSource, joinedSource } from './bytes/joined.js'
export { fileSource, streamSource, type TraceSource } from './bytes/sources.js'
export { openNameless } from './bytes/spool.js'
export { type Capture, openCapture } from './capture.js'
export { checkTrace } from './check-trace.js'
export { openTraceFile, type ReadOptions, readTrace, withLosses, withRemarks } from './files.js'
export type { PoolHeader } from './log/header.js'
export { LogKeys, LogLine, logLines } from './log/line.js'
export { operationLine, writeOperationLog } from './log/writer.js'
export { type Notes, parseNotes } from './notes.js'
export {
  Direction,
  OPERATION_BYTES,
  OperationKind,
  type OperationStore,
  Operations,
  type OperationsPlace,
  openOperations,
} from './operations.js'
export {
  type Address,
  type MapRequest,
  OperationsBuilder,
  type PlaceRequest,
} from './operations-builder.js'
export { readPoolLines, UNKNOWN_AREAS, UNKNOWN_SLOTS } from './pool.js'
export { closeTrace, type OpenOptions, openTrace, parseTrace } from './read.js'
export { offsetOfMap, slotsOfMap } from './slots.js'
export {
  loadNumbers,
  type NumbersPlace,
  type OperationNumbers,
  openNumbers,
  placeOfNumbers,
  spanOf,
} from './steps/numbers.js'
export {
  type Elsewhere,
  type LostEvents,
  originOf,
  type PoolFacts,
  type SpooledTrace,
  type Trace,
  type TraceHints,
  type Unused,
  type WholeTrace,
} from './trace.js'
export { TraceError } from './trace-error.js'
export {
  type Demand,
  DemandBuilder,
  type DemandPiece,
  demandPieces,
  unplacedOperations,
} from './unplaced.js'
