/**
 * What a tracker's watched verbs are made of, read from the compiler's assembly: what would look at
 * the real machine, or could not be watched, is refused with the line and the word to use instead.
 */
import { basename, resolve } from 'node:path'
import { CLOCK, CPU, objectionTo, RANDOM, SYSTEM, THREAD } from './symbols.js'

const ASM =
  'the lab cannot see what it touches; use READ_ONCE(), WRITE_ONCE(), atomic_long_*() or smp_mb()'

/** Instructions, x86-64's and arm64's. */
const instructions: readonly (readonly [RegExp, string])[] = [
  [/^rdtsc$/, CLOCK],
  [/^mrs\s.*\bcnt(?:v|p)ct(?:ss)?_el0/i, CLOCK],
  [/^(?:rdtscp|rdpid|cpuid|rdgsbase\w?|rdfsbase\w?)\b/, CPU],
  [/^(?:rdrand|rdseed)\w?\b/, RANDOM],
  [/^mrs\s.*\brndr(?:rs)?\b/i, RANDOM],
  [/^(?:syscall|sysenter|int|svc)\b/, SYSTEM],
]

/** A symbol, with what a compiler puts behind a name: `seen.0`, `next.constprop.0`. */
const NAME = String.raw`[A-Za-z_][\w.$]*`
/** `x@tpoff(...)`, `:gottprel:x`, and a variable's own section. */
const TLS = new RegExp(
  `(${NAME})@(?:tpoff|gottpoff|tlsgd|tlsld|dtpoff|tlsdesc)|:(?:gottprel|tprel|tlsdesc|tlsgd|dtprel)\\w*:(${NAME})`,
  'i',
)
/** Where code or data names a symbol, x86-64's ways and arm64's. */
const REFERENCES = [
  String.raw`^(?:(?:notrack|bnd)\s+)?(?:call|jmp|j[a-z]+|bl|b|b\.\w+|cbn?z)[ql]?\s+\*?(?:\w+,\s*)?(${NAME})(?=@|\s*$)`,
  String.raw`(${NAME})@(?:PLT|GOT\w*)`,
  String.raw`(?<![\w.$%])(${NAME})(?:[+-]\w+)*\(%rip\)`,
  String.raw`:\w+:(${NAME})`,
  String.raw`^adrp?\s+\w+,\s*(${NAME})`,
  String.raw`^\.(?:quad|xword|8byte|dword)\s+(${NAME})`,
].map((pattern) => new RegExp(pattern, 'i'))
const CALL = /^(?:(?:notrack|bnd)\s+)?(?:call|jmp|bl?\s)/
/** Where a symbol is defined. */
const DEFINED = new RegExp(`^\\s*(?:(${NAME}):|\\.(?:l?comm|local|set|equ)\\s+(${NAME})\\b)`)
/** Does nothing but wait a little. */
const HARMLESS = /^(?:pause|rep;?\s*nop|nop|yield|isb)?\s*$/
/** What the compiler calls in the C library for pieces of memory. */
const MEMORY = /\b(?:__tsan_)?(memcpy|memmove|memset)(?=@|\]|\s*$)/gm

/** A walk through assembly. */
export interface Walk {
  folder: string
  /** By number, as `.file` says. */
  readonly files: Map<string, string>
  /** `mine.h`'s line, or another file's; undefined before the first. */
  at: { readonly file: string; readonly line: number; readonly column: number } | undefined
  /** Between the marks of inline assembly. */
  inAsm: boolean
}

export const newWalk = (): Walk => ({ folder: '', files: new Map(), at: undefined, inAsm: false })

/** Directives that say where what follows comes from. */
export function place(text: string, walk: Walk): void {
  const file = /^\.file\s+(\d+)\s+"([^"]*)"(?:\s+"([^"]*)")?/.exec(text)
  if (file) {
    const [, number = '', ...names] = file
    const name = names.filter((part) => part !== undefined)
    // The first folder is where the compiler ran.
    if (number === '0' && name.length === 2) walk.folder = name[0] as string
    walk.files.set(number, resolve(walk.folder, ...name))
    return
  }
  const loc = /^\.loc\s+(\d+)\s+(\d+)(?:\s+(\d+))?/.exec(text)
  if (!loc) return
  const [, number = '', line, column = 0] = loc
  walk.at = {
    file: walk.files.get(number) ?? '',
    line: Number(line),
    column: Number(column),
  }
}

/** As it stands in the file: clang writes `tracker_add.seen`, gcc `seen.0`. */
const plainName = (symbol: string): string =>
  symbol.split('.').findLast((part) => /^[A-Za-z_]/.test(part)) ?? symbol

/** Why an instruction is not for a tracker: what it names, and what to use instead. */
function objection(text: string, ours: ReadonlySet<string>): string | undefined {
  const kept = TLS.exec(text)
  const variable = kept?.[1] ?? kept?.[2]
  if (variable) return `${plainName(variable)} is kept for each thread: ${THREAD}`
  const instruction = instructions.find(([pattern]) => pattern.test(text))
  if (instruction) return `${text.split(/\s/, 1)[0]} asks the real machine: ${instruction[1]}`
  const name = REFERENCES.map((pattern) => pattern.exec(text)?.[1]).find((found) => found)
  const why = name === undefined || ours.has(name) ? undefined : objectionTo(name)
  return why && `${name}${CALL.test(text) ? '()' : ''} ${why}`
}

/** A label is none. */
export const isInstruction = (text: string): boolean =>
  (/^[a-z]/i.test(text) && !text.endsWith(':')) || /^\.(?:quad|xword|8byte|dword)\s/.test(text)

/**
 * @param assembly of native/tracker-file/watched.c with the user's file
 * @param source the user's file
 * @returns what is wrong with it, with the line where that is known
 */
export function refusal(assembly: string, source: string): string | undefined {
  const lines = assembly.split('\n')
  const ours = new Set(
    lines.flatMap((line) => {
      const defined = DEFINED.exec(line)
      return defined?.[1] ?? defined?.[2] ?? []
    }),
  )
  const walk = newWalk()
  for (const line of lines) {
    const text = line.replace(/\s(?:#|\/\/)\s.*$/, '').trim()
    if (/^(?:#|\/\/)\s*(?:NO_)?APP/.test(text)) {
      walk.inAsm = !text.includes('NO_APP')
      continue
    }
    if (text === '' || /^(?:#|\/\/)/.test(text)) continue
    place(text, walk)
    if (!isInstruction(text)) continue
    const unseen = walk.inAsm && !HARMLESS.test(text) ? `inline assembly ("${text}"): ${ASM}` : ''
    const words = objection(text, ours) ?? unseen
    if (!words) continue
    const { at } = walk
    if (!at) return words
    return `line ${at.line}${at.file === source ? '' : ` of ${basename(at.file)}`}: ${words}`
  }
  return undefined
}

/** With the lab's own copies of memory in place of the C library's, so that they are watched. */
export const watchMemory = (assembly: string): string => assembly.replace(MEMORY, 'watch_$1')
