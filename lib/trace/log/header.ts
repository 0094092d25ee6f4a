/** The header of an operation log: `#! nslabs=2048 nareas=4 pool=40000000`. */
import type { PoolFacts, TraceHints } from '../trace.js'
import { quote, TraceError } from '../trace-error.js'

/** A pool of which everything is known. */
export type PoolHeader = Required<PoolFacts>

const FORM = '`#! nslabs=N nareas=N pool=HEX`'
const PAGE_BYTES = 4096n

/**
 * The pool of a log. What the header leaves out comes from the hints; a value that is in neither
 * is an error, as is one that cannot be true. Throws TraceError.
 */
export function readPoolHeader(
  header: { readonly text: string; readonly line: number } | undefined,
  hints: TraceHints,
): PoolHeader {
  const { file } = hints
  const line = header?.line ?? 1
  const fail = (problem: string, expected: string): never => {
    throw new TraceError(file, line, problem, expected)
  }
  const values = new Map<string, string>()
  for (const word of (header?.text ?? '#!')
    .slice(2)
    .split(/[ \t]+/)
    .filter(Boolean)) {
    const [name = '', value = '', ...rest] = word.split('=')
    if (!['nslabs', 'nareas', 'pool'].includes(name) || rest.length > 0) {
      fail(`the header has ${quote(word)}`, FORM)
    }
    if (values.has(name)) fail(`the header has ${name} twice`, FORM)
    values.set(name, value)
  }
  const number = (name: 'nslabs' | 'nareas', hint: number | undefined): number => {
    const text = values.get(name)
    if (text === undefined) return hint ?? fail(missing(header, name), FORM)
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(value) && value > 0) return value
    return fail(`${name} is ${quote(text)}`, 'a decimal number from 1')
  }
  const address = (): bigint => {
    const text = values.get('pool')
    if (text === undefined) return hints.start ?? fail(missing(header, 'pool'), FORM)
    if (/^[0-9a-f]{1,16}$/i.test(text)) return BigInt(`0x${text}`)
    return fail(`pool is ${quote(text)}`, 'a hex address without 0x, of at most 16 digits')
  }
  const nslabs = number('nslabs', hints.nslabs)
  const nareas = number('nareas', hints.nareas)
  const start = address()
  if ((nareas & (nareas - 1)) !== 0) fail(`nareas is ${nareas}`, 'a power of two')
  if (nslabs % nareas !== 0) {
    fail(`nslabs is ${nslabs}`, `a multiple of nareas, which is ${nareas}`)
  }
  if (start % PAGE_BYTES !== 0n) fail(`pool is ${start.toString(16)}`, 'the address of a page')
  return { nslabs, nareas, start }
}

function missing(header: unknown, name: string): string {
  return header
    ? `the header has no ${name}=`
    : `there is no #! line, and nothing else says ${name}`
}
