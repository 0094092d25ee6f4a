/**
 * What a tracker's watched verbs are made of, read from the compiler's assembly: what would look at
 * the real machine, or could not be watched, is refused with the line and the word to use instead.
 */
import { basename, resolve } from 'node:path'

const CPU = 'all virtual CPUs run on one thread; use raw_smp_processor_id()'
const THREAD =
  'all virtual CPUs run on one thread; use an array of NR_CPUS words, indexed by raw_smp_processor_id()'
const CLOCK =
  'a schedule has no clock, and must come out the same twice; count maps, or use tracker_sample()'
const RANDOM =
  'a schedule must come out the same twice; keep the state of a generator in struct tracker_mem'
const LOCK = 'the lab cannot see it wait; use spin_lock(), spin_trylock() and spin_unlock()'
const SYSTEM = 'the lab cannot see what it does; a tracker has kernel words only'
const ASM =
  'the lab cannot see what it touches; use READ_ONCE(), WRITE_ONCE(), atomic_long_*() or smp_mb()'

const named = (names: string, why: string): [string, string][] =>
  names.split(' ').map((name) => [name, why])

/** Functions of the C library, and why not. */
const functions = new Map([
  ...named('sched_getcpu getcpu pthread_self thrd_current gettid getpid', CPU),
  ...named('pthread_getspecific pthread_setspecific tss_get tss_set __tls_get_addr', THREAD),
  ...named('clock_gettime gettimeofday time clock times ftime timespec_get', CLOCK),
  ...named('rand random rand_r random_r drand48 erand48 lrand48 nrand48 mrand48 jrand48', RANDOM),
  ...named('getrandom getentropy arc4random arc4random_uniform arc4random_buf', RANDOM),
  ...named('pthread_spin_lock pthread_spin_trylock pthread_spin_unlock', LOCK),
  ...named('pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock', LOCK),
  ...named('syscall sched_yield sleep usleep nanosleep clock_nanosleep', SYSTEM),
])

/** Instructions, x86-64's and arm64's. */
const instructions: readonly (readonly [RegExp, string])[] = [
  [/^rdtsc$/, CLOCK],
  [/^mrs\s.*\bcnt(?:v|p)ct(?:ss)?_el0/i, CLOCK],
  [/^(?:rdtscp|rdpid|cpuid|rdgsbase\w?|rdfsbase\w?)\b/, CPU],
  [/^(?:rdrand|rdseed)\w?\b/, RANDOM],
  [/^mrs\s.*\brndr(?:rs)?\b/i, RANDOM],
  [/^(?:syscall|sysenter|int|svc)\b/, SYSTEM],
]

/** `x@tpoff(...)`, `:gottprel:x`, and a variable's own section. */
const TLS =
  /([A-Za-z_]\w*)@(?:tpoff|gottpoff|tlsgd|tlsld|dtpoff|tlsdesc)|:(?:gottprel|tprel|tlsdesc|tlsgd|dtprel)\w*:([A-Za-z_]\w*)/i
/** Does nothing but wait a little. */
const HARMLESS = /^(?:pause|rep;?\s*nop|nop|yield|isb)?\s*$/
/** What the compiler calls in the C library for pieces of memory. */
const MEMORY = /\b(memcpy|memmove|memset)(?=@|\s*$)/gm

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

/** Why an instruction is not for a tracker: what it names, and what to use instead. */
function objection(text: string, ours: ReadonlySet<string>): string | undefined {
  const kept = TLS.exec(text)
  if (kept) return `${kept[1] ?? kept[2]} is kept for each thread: ${THREAD}`
  const instruction = instructions.find(([pattern]) => pattern.test(text))
  if (instruction) return `${text.split(/\s/, 1)[0]} asks the real machine: ${instruction[1]}`
  for (const name of text.match(/[A-Za-z_]\w*/g) ?? []) {
    const why = ours.has(name) ? undefined : functions.get(name)
    if (why) return `${name}() asks the real machine: ${why}`
  }
  return undefined
}

/** A label is none. */
export const isInstruction = (text: string): boolean =>
  (/^[a-z]/i.test(text) && !text.endsWith(':')) || /^\.(?:quad|xword|8byte|dword)\s/.test(text)

/**
 * @param assembly of native/own/watched.c with the user's file
 * @param source the user's file
 * @returns what is wrong with it, with the line where that is known
 */
export function refusal(assembly: string, source: string): string | undefined {
  const lines = assembly.split('\n')
  const ours = new Set(lines.flatMap((line) => /^([A-Za-z_]\w*):/.exec(line)?.[1] ?? []))
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
