/** The notes that were taken when a trace was recorded: its meta.json. */

import * as z from 'zod'
import { InputError, parseJson } from '../data/errors.js'
import { textArgument } from '../data/options.js'
import { countOf, verbOf } from '../data/units.js'
import type { TraceHints } from './trace.js'

const count = (of: string, least: number) =>
  z.int(`expected ${of}`).min(least, `expected at least ${least}`)

/** Only what is needed here; the file may say much more. */
const schema = z.looseObject({
  nslabs: count('slots', 1).optional(),
  nareas: count('areas', 1).optional(),
  pool_start: z
    .string()
    .regex(/^0x[0-9a-f]{1,16}$/i, 'expected a hexadecimal address, as 0x34fc9000')
    .optional(),
  ncpus: count('CPUs', 1).optional(),
  used_before: count('slots', 0).optional(),
  hiwater_after: count('slots', 0).optional(),
  lost: z.looseObject({ 'missed probes': count('events', 0).optional() }).nullish(),
  kprobe_profile: z
    .array(
      z.looseObject({
        probe: z.string('expected the name of a probe'),
        missed: count('events', 0).optional(),
      }),
      'expected a list of probes',
    )
    .nullish(),
})

/** Hits of probes that the kernel counted as missed: no event of a trace tells of them. */
function missedWords(file: string, { lost, kprobe_profile: profile }: z.infer<typeof schema>) {
  const missing = (profile ?? []).filter(({ missed = 0 }) => missed > 0)
  const each = missing.map(({ probe, missed }) => `${missed} of ${probe}`).join(', ')
  const total = lost?.['missed probes'] ?? missing.reduce((sum, { missed = 0 }) => sum + missed, 0)
  if (total === 0) return []
  const which = each === '' ? '' : `: ${each}`
  return [
    `${file} says that ${countOf(total, 'hit')} of probes ${verbOf(total, 'was', 'were')} missed (kprobe_profile)${which}`,
  ]
}

export interface Notes {
  readonly file: string
  readonly hints: Omit<TraceHints, 'file'>
  /** The kernel's io_tlb_used_hiwater after the recording. */
  readonly hiwaterSlots: number | undefined
  /** Of the machine. */
  readonly cpus: number | undefined
  /** What was lost while it was recorded, in words, one for each kind of loss. */
  readonly losses: readonly string[]
}

/** Throws InputError. */
export function parseNotes(file: string, text: string): Notes {
  const told = parseJson(file, textArgument('text', text, 'JSON'))
  const checked = schema.safeParse(told)
  if (!checked.success) {
    const faults = checked.error.issues.map((issue) => {
      const field = issue.path.join('.')
      return field === '' ? issue.message : `${field}: ${issue.message}`
    })
    throw new InputError(`${file}: ${faults.join('; ')}`)
  }
  const { nslabs, nareas, pool_start: start, used_before: used } = checked.data
  return {
    file,
    hints: {
      ...(nslabs !== undefined && { nslabs }),
      ...(nareas !== undefined && { nareas }),
      ...(start !== undefined && { start: BigInt(start) }),
      ...(used !== undefined && { usedBefore: used }),
    },
    hiwaterSlots: checked.data.hiwater_after,
    cpus: checked.data.ncpus,
    losses: missedWords(file, checked.data),
  }
}

/** Whether the capture script wrote this meta.json: then it wrote what lies beside it, too. */
export function isOfScript(meta: string): boolean {
  try {
    return JSON.parse(meta)?.recorded_by === 'swiotlb-lab capture'
  } catch {
    return false
  }
}
