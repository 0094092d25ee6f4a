/** `param`: sizes, slots and `swiotlb=`, read as a kernel reads them. */
import * as z from 'zod'
import { readCommandLine } from '../boot/command-line.js'
import { DEFAULT_FAMILY, type Family, families } from '../boot/family.js'
import { MOST_SLOTS } from '../boot/parameter.js'
import { type Told, told } from '../boot/told.js'
import { InputError, toInputError } from '../data/errors.js'
import { parseBytes, SLOT_BYTES } from '../data/units.js'

export interface ParamOptions {
  /** The kernel that reads; 6.12 where it is not said. */
  readonly kernel?: Family
  /** Possible CPUs of the machine. */
  readonly cpus?: number
  /** Bytes of memory of the machine. */
  readonly memoryBytes?: number
}

/** The largest number of CPUs that a kernel can be built for. */
export const MOST_CPUS = 8192

const schema = z.strictObject({
  kernel: z.enum(families, `expected ${families.join(', ')}`).optional(),
  cpus: z
    .int('expected a whole number of CPUs')
    .min(1, `expected 1 to ${MOST_CPUS} CPUs`)
    .max(MOST_CPUS, `expected 1 to ${MOST_CPUS} CPUs`)
    .optional(),
  memoryBytes: z
    .int('expected a whole number of bytes')
    .min(2 ** 20, 'expected at least 1 MiB')
    .optional(),
})

/** A size with a unit of this laboratory, which no kernel would read: 512MiB. */
const SIZE = /^\d+(?:\.\d+)?\s*[KMGT]iB$/

function commandLineOf(text: string): string {
  const trimmed = text.trim()
  if (SIZE.test(trimmed)) {
    const bytes = parseBytes(trimmed)
    if (bytes === undefined || bytes === 0 || bytes / SLOT_BYTES >= MOST_SLOTS) {
      throw new InputError(`"${trimmed}": expected a size from 2KiB to 4PiB, in whole bytes`)
    }
    return `swiotlb=${Math.ceil(bytes / SLOT_BYTES)}`
  }
  // A value by itself is one word; more of them are a command line.
  const value = !/\s/.test(trimmed) && !/\bswiotlb=/.test(trimmed.split(',')[0] ?? '')
  return value && trimmed !== '' && !/^[\w.-]+=/.test(trimmed.split(',')[0] ?? '')
    ? `swiotlb=${trimmed}`
    : trimmed
}

/**
 * What a kernel makes of a text: a size (`512MiB`), a value of `swiotlb=` (`65536,8,force`), or a
 * whole command line. An empty text is a command line that says nothing of swiotlb. Throws InputError.
 */
export function param(text = '', options: ParamOptions = {}): Told {
  const checked = schema.safeParse(options)
  if (!checked.success) throw toInputError(schema, checked.error, 'param')
  if (typeof text !== 'string') throw new InputError('param: expected a text')
  const { kernel = DEFAULT_FAMILY, cpus = null, memoryBytes = null } = checked.data
  return told(readCommandLine(commandLineOf(text)), { family: kernel, cpus, memoryBytes })
}
