/** Texts that are no kernel's log: what they are, and who reads them. */
import { InputError } from '../data/errors.js'

/** More than this is no paste, and no log that one reads as a whole. */
const MOST_CHARACTERS = 2 ** 28
/** Of a text that is none. */
const HEAD = 4096

const EXPECTED = 'expected a kernel log, a command line or counters of debugfs'

const KINDS: readonly (readonly [pattern: RegExp, said: string])[] = [
  [
    /^[\s\S]{3}tracing/,
    'a binary trace.dat: `trace-cmd report` makes text of it, which replay reads',
  ],
  [/^PERFILE2/, 'a binary perf.data: `perf script` makes text of it, which replay reads'],
  [/^[\s\S]7zXZ|^BZh\d|^PK[^\w\s]/, 'packed in a way that is not read here: unpack it first'],
  [/^#!\s*(?:nslabs|nareas|pool)=/m, 'an operation log: try replay'],
  [/^#!\s*\//, 'a script, and no log'],
  [
    /^[\s\S]{257}ustar/,
    'a tar, as `capture` makes: unpack it (tar xf), and explain its dmesg.txt or counters-after.txt',
  ],
  [
    /^\s*\{\s*"schema":\s*"swiotlb-lab[./]watch\b/,
    'what `watch` printed, which says what is wrong by itself: "leak", "faults" and "notes"',
  ],
  [/^\s*\{\s*"schema":\s*"swiotlb-lab\b/, 'a result of this laboratory, and no log'],
  [/^# (?:HELP|TYPE) swiotlb_/m, 'metrics that `watch` wrote, for Prometheus'],
]

/** Throws InputError for what nobody could explain. `name`: of the text, for the message. */
export function refuseOthers(text: string, name: string): void {
  if (text.trim() === '') throw new InputError(`${name}: is empty; ${EXPECTED}`)
  if (text.length > MOST_CHARACTERS) {
    throw new InputError(
      `${name}: larger than 256 MiB; expected what \`grep -i -e swiotlb -e "IO TLB" -e "command line"\` leaves of it`,
    )
  }
  const head = text.slice(0, HEAD)
  for (const [pattern, said] of KINDS) {
    if (pattern.test(head)) throw new InputError(`${name}: ${said}; ${EXPECTED}`)
  }
  const nul = text.indexOf('\0')
  if (nul >= 0) {
    const line = text.slice(0, nul).split('\n').length
    throw new InputError(`${name}, line ${line}: binary data; ${EXPECTED}`)
  }
}

/** Throws InputError for a trace, which says nothing of a log. */
export function refuseTrace(line: number, name: string): never {
  throw new InputError(`${name}, line ${line}: a trace of events: try replay; ${EXPECTED}`)
}
