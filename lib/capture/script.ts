/** The shell script that records a trace where there is no Node. */
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { toInputError } from '../data/errors.js'
import { inPackage } from '../data/package.js'

const SCRIPT = inPackage('lib/capture/capture.sh')
/** What is in this place of the script is written anew. */
const SETTINGS = /(?<=^# >>> settings\n).*?(?=^# <<< settings$)/ms

const MAX_SECONDS = 86_400
const MIN_BUFFER_BYTES = 2 ** 18
const MAX_BUFFER_BYTES = 2 ** 40

/** Whether a shell can hold it in a word; a line end in a path would break the lines that tell it. */
const noNul = (text: string): boolean => !text.includes('\0')

const schema = z.strictObject({
  seconds: z
    .int('expected whole seconds')
    .min(1, 'expected at least 1 second')
    .max(MAX_SECONDS, `expected at most ${MAX_SECONDS} seconds, which is a day`)
    .default(60),
  bufferBytes: z
    .int('expected whole bytes')
    .min(MIN_BUFFER_BYTES, 'expected at least 256 KiB')
    .max(MAX_BUFFER_BYTES, 'expected at most 1 TiB')
    .default(2 ** 26),
  probes: z.boolean('expected true or false').default(false),
  reset: z.boolean('expected true or false').default(false),
  tar: z
    .string('expected the name of a file')
    .min(1, 'expected the name of a file')
    .max(4096, 'expected a path of at most 4096 characters')
    .refine((text) => noNul(text) && !/[\r\n]/.test(text), 'expected a path without line ends')
    .refine((text) => !text.endsWith('/'), 'expected the name of a file, not of a folder')
    .default('swiotlb-capture.tar'),
  command: z
    .array(z.string('expected words').refine(noNul, 'expected words without a NUL'))
    .max(1024, 'expected at most 1024 words')
    .refine(([first]) => first !== '', 'expected the name of a command first')
    .default([]),
})

/** What a capture script is to do; each has a default. */
export interface CaptureOptions {
  /** How long it records; with a command, the longest. 60. */
  readonly seconds?: number | undefined
  /** Memory of the ring buffer, over all CPUs. 64 MiB. */
  readonly bufferBytes?: number | undefined
  /** Function probes in the allocator beside the events, where the kernel offers them. */
  readonly probes?: boolean | undefined
  /** Sets the kernel's high-water mark to 0 before it records. This cannot be undone. */
  readonly reset?: boolean | undefined
  /** The file that it writes, on the machine that is measured. */
  readonly tar?: string | undefined
  /** Records until this ends, unless the script is called with another. */
  readonly command?: readonly string[] | undefined
}

/** One word to a POSIX shell, whatever is in it. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

const yesNo = (flag: boolean): string => (flag ? 'yes' : 'no')

/**
 * @returns a POSIX shell script that needs root and tracefs, and none of this package
 * @throws InputError
 */
export function captureScript(options: CaptureOptions = {}): string {
  const checked = schema.safeParse(options)
  if (!checked.success) throw toInputError(schema, checked.error, 'capture')
  const { seconds, bufferBytes, probes, reset, tar, command } = checked.data
  const lines = [
    `seconds=${seconds}`,
    `buffer_kb=${Math.floor(bufferBytes / 1024)}`,
    `probes=${yesNo(probes)}`,
    `reset=${yesNo(reset)}`,
    `out=${quoted(tar)}`,
    ...(command.length > 0 ? [`[ $# -gt 0 ] || set -- ${command.map(quoted).join(' ')}`] : []),
  ]
  return readFileSync(SCRIPT, 'utf8').replace(SETTINGS, () => `${lines.join('\n')}\n`)
}
