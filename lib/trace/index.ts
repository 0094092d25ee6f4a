/** Readers of other people's traces, and the operation log. */

export { fileSource, streamSource, type TraceSource } from './bytes/sources.js'
export { openNameless } from './bytes/spool.js'
export type { PoolHeader } from './log/header.js'
export { operationLine, writeOperationLog } from './log/reader.js'
export {
  type Address,
  Direction,
  type MapRequest,
  OPERATION_BYTES,
  OperationKind,
  type OperationStore,
  Operations,
  OperationsBuilder,
  type OperationsPlace,
  openOperations,
  type PlaceRequest,
  SLOT_BYTES,
  slotsOfMap,
} from './operations.js'
export { readPoolLines } from './pool.js'
export { closeTrace, type OpenOptions, openTrace, readTrace } from './read.js'
export { loadTimes } from './steps/times.js'
export type {
  Elsewhere,
  LostEvents,
  PoolFacts,
  SpooledTrace,
  Trace,
  TraceHints,
  Unused,
  WholeTrace,
} from './trace.js'
export { TraceError } from './trace-error.js'
