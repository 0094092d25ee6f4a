/** Readers of other people's traces, and the operation log. */
export { Breather } from './breather.js'
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
export { readTrace } from './read.js'
export { openNameless } from './spool.js'
export type { LostEvents, PoolFacts, Trace, TraceHints, WholeTrace } from './trace.js'
export { TraceError } from './trace-error.js'
