/** Writes operation logs. */
import { checkObject } from '../../data/options.js'
import { Direction, OperationKind, type Operations } from '../operations.js'
import { directions, NO_COPY } from './format.js'
import { type PoolHeader, writePoolHeader } from './header.js'

/** Writes a log that reads back as the same operations. Throws RangeError for `place`. */
export function writeOperationLog(operations: Operations, pool: PoolHeader): string {
  checkObject('operations', operations, 'Operations')
  const lines = [writePoolHeader(checkObject('pool', pool, '{nslabs, nareas, start}'))]
  for (let i = 0; i < operations.length; i++) lines.push(operationLine(operations, i))
  return `${lines.join('\n')}\n`
}

/** One line of a log. Throws RangeError for `place`, which has none. */
export function operationLine(operations: Operations, i: number): string {
  const kind = operations.kind(i)
  const who = `${operations.cpu(i)} ${operations.id(i)}`
  const hex = (...values: readonly bigint[]) => values.map((value) => value.toString(16)).join(' ')
  const boundary = operations.bm(i) === 0n ? '' : ` ${hex(operations.bm(i))}`
  const size = operations.size(i)
  switch (kind) {
    case OperationKind.map: {
      const masks = hex(operations.am(i), operations.mam(i))
      const word = [...directions].find(([, dir]) => dir === operations.dir(i))?.[0]
      const direction = word === undefined ? '' : ` ${word}`
      return `m ${who} ${hex(operations.orig(i))} ${size} ${masks}${boundary}${direction}`
    }
    case OperationKind.unmap:
      return operations.noCopy(i) ? `u ${who} ${NO_COPY}` : `u ${who}`
    case OperationKind.sync: {
      const target = operations.dir(i) === Direction.toDevice ? 'device' : 'cpu'
      return `s ${who} ${operations.orig(i)} ${size} ${target}`
    }
    case OperationKind.reset:
      return 'z'
    case OperationKind.setIndex:
      return `i ${operations.cpu(i)} ${size}`
    case OperationKind.settle:
      return 'g'
    case OperationKind.alloc:
      return `a ${who} ${size} ${hex(operations.mam(i))}${boundary}`
    case OperationKind.free:
      return `f ${who}`
    default:
      throw new RangeError(`operation ${i} is of kind ${kind}, which an operation log cannot say`)
  }
}
