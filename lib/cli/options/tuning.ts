/** The options that some trackers take: how exact their mark is, and how often they look. */
import type { Command } from 'commander'
import { MAX_BATCH, MAX_STRETCH } from '../../native/inputs.js'
import type { Tuning } from '../../results/variant.js'
import { slotCount, wholeNumber } from './parse.js'

export const TUNING_FLAGS = ['tolerance', 'batch', 'stretch'] as const

export function addTuningOptions(command: Command): Command {
  return command
    .option(
      '--tolerance <size>',
      'how far the mark of reserve may be over, in slots or as a size (default: 1 % of the pool)',
      slotCount('--tolerance', 0),
    )
    .option(
      '--batch <n>',
      'slots that an area holds back in batched (default: 32)',
      wholeNumber('--batch', 1, MAX_BATCH),
    )
    .option(
      '--stretch <ns>',
      'about how long an area keeps one mark in epochs, in nanoseconds (default: 500)',
      wholeNumber('--stretch', 1, MAX_STRETCH),
    )
}

/** What was given of them. */
export const tuningOf = ({ tolerance, batch, stretch }: Tuning): Tuning => ({
  ...(tolerance !== undefined && { tolerance }),
  ...(batch !== undefined && { batch }),
  ...(stretch !== undefined && { stretch }),
})
