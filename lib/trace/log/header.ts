/** The header of an operation log: `#! nslabs=2048 nareas=4 pool=40000000`. */
import type { PoolFacts, TraceHints } from '../trace.js'
import { quote } from '../trace-error.js'
import { LogKeys, LogLine } from './line.js'

/** A pool of which everything is known. */
export type PoolHeader = Required<PoolFacts>

/** What a header begins with. */
export const HEADER = '#!'
const FORM = '`#! nslabs=N nareas=N pool=HEX`'
const PAGE_BYTES = 4096n

/** The header that reads back as the same pool. */
export function writePoolHeader({ nslabs, nareas, start }: PoolHeader): string {
  return `${HEADER} nslabs=${nslabs} nareas=${nareas} pool=${start.toString(16)}`
}

/**
 * The pool of a log. What the header leaves out comes from the hints; a value that is in neither
 * is an error, as is one that cannot be true. Throws TraceError.
 */
export function readPoolHeader(header: LogLine | undefined, hints: TraceHints): PoolHeader {
  const line = header ?? LogLine.of(hints.file, HEADER, 1)
  const names = ['nslabs', 'nareas', 'pool'] as const
  const said = { what: 'the header', names, form: FORM }
  const keys = new LogKeys(line, line.text.slice(HEADER.length), said)
  const missing = (name: (typeof names)[number]): never =>
    header
      ? keys.missing(name)
      : line.fail(`there is no ${HEADER} line, and nothing else says ${name}`, FORM)
  const number = (name: 'nslabs' | 'nareas'): number => {
    const text = keys.optional(name)
    return text === undefined ? (hints[name] ?? missing(name)) : keys.wholeOf(name, text, 1)
  }
  const address = (): bigint => {
    const text = keys.optional('pool')
    if (text === undefined) return hints.start ?? missing('pool')
    if (/^[0-9a-f]{1,16}$/i.test(text)) return BigInt(`0x${text}`)
    return line.fail(`pool is ${quote(text)}`, 'a hex address without 0x, of at most 16 digits')
  }
  const nslabs = number('nslabs')
  const nareas = number('nareas')
  const start = address()
  if ((nareas & (nareas - 1)) !== 0) line.fail(`nareas is ${nareas}`, 'a power of two')
  if (nslabs % nareas !== 0) {
    line.fail(`nslabs is ${nslabs}`, `a multiple of nareas, which is ${nareas}`)
  }
  if (start % PAGE_BYTES !== 0n) line.fail(`pool is ${start.toString(16)}`, 'the address of a page')
  return { nslabs, nareas, start }
}
