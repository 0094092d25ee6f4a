/** Readers of other people's traces, and the operation log. */
export type { PoolHeader } from './log-header.js'
export { operationLine, writeOperationLog } from './operation-log.js'
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
export { fileSource, streamSource, type TraceSource } from './sources.js'
export { openNameless } from './spool.js'
export { loadTimes } from './times.js'
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
