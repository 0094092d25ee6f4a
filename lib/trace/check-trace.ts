/** Whether something is a trace, or what one is read from. */

import { InputError } from '../data/errors.js'
import { kindOf } from '../data/options.js'

/** @throws InputError for what none of the readers gave */
export function checkTrace(value: unknown): void {
  if (typeof value === 'object' && value !== null && 'pool' in value && 'operations' in value) {
    const { operations } = value
    if (typeof operations === 'object' && operations !== null && 'pieces' in operations) return
  }
  throw new InputError(
    `trace: expected what readTrace(), parseTrace() or openTrace() gives, not ${kindOf(value)}`,
  )
}

/** @throws InputError for what no trace can be read from */
export function checkSource(value: unknown): void {
  if (typeof value === 'object' && value !== null && 'chunks' in value) return
  throw new InputError(
    'source: expected what fileSource(), streamSource() or joinedSource() gives, ' +
      `not ${kindOf(value)}`,
  )
}
