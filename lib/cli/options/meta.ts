/** The notes that were taken when a trace was recorded: `meta.json` beside it. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { parseJson } from '../../data/errors.js'
import { InputError, type TraceHints } from '../../index.js'

/** Only what a replay needs; the file may say much more. */
const schema = z.looseObject({
  nslabs: z.int('expected slots').min(1, 'expected at least 1').optional(),
  nareas: z.int('expected areas').min(1, 'expected at least 1').optional(),
  pool_start: z
    .string()
    .regex(/^0x[0-9a-f]{1,16}$/i, 'expected a hexadecimal address, as 0x34fc9000')
    .optional(),
  used_before: z.int('expected slots').min(0, 'expected at least 0').optional(),
  hiwater_after: z.int('expected slots').min(0, 'expected at least 0').optional(),
})

export interface Meta {
  readonly file: string
  readonly hints: Omit<TraceHints, 'file'>
  /** The kernel's io_tlb_used_hiwater after the recording. */
  readonly hiwaterSlots: number | undefined
}

function parse(file: string, text: string): Meta {
  const checked = schema.safeParse(parseJson(file, text))
  if (!checked.success) {
    const faults = checked.error.issues.map((issue) => {
      const field = issue.path.join('.')
      return field === '' ? issue.message : `${field}: ${issue.message}`
    })
    throw new InputError(`${file}: ${faults.join('; ')}`)
  }
  const { nslabs, nareas, pool_start: start, used_before: used, hiwater_after } = checked.data
  return {
    file,
    hints: {
      ...(nslabs !== undefined && { nslabs }),
      ...(nareas !== undefined && { nareas }),
      ...(start !== undefined && { start: BigInt(start) }),
      ...(used !== undefined && { usedBefore: used }),
    },
    hiwaterSlots: hiwater_after,
  }
}

/** The file that was named. Throws InputError. */
export function readMeta(file: string): Meta {
  try {
    return parse(file, readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(
      `--meta: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? error}); expected a JSON file`,
    )
  }
}

/** The meta.json in the folder of a trace; undefined where there is none. Throws InputError. */
export function metaBeside(trace: string): Meta | undefined {
  const file = join(dirname(trace), 'meta.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  return parse(file, text)
}
