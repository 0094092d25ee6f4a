/** Readers of other people's traces, and the operation log. */
export type { PoolHeader } from './log-header.js'
export { operationLine, writeOperationLog } from './operation-log.js'
export {
  type Address,
  type MapRequest,
  OPERATION_BYTES,
  OperationKind,
  Operations,
  OperationsBuilder,
  type PlaceRequest,
  SLOT_BYTES,
  slotsOfMap,
} from './operations.js'
export { readPoolLines } from './pool.js'
export { readTrace } from './read.js'
export type { FailedMap, LostEvents, PoolFacts, Trace, TraceHints } from './trace.js'
export { TraceError } from './trace-error.js'
