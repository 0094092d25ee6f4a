/** What a compiler says, in one line about the user's file. */
import { basename } from 'node:path'
import type { Ended } from '../system/process.js'
import { LIMIT_MS } from './compiler.js'

/** The verbs that every tracker file has, and what each gives; see native/trackers/tracker.h. */
const VERBS = {
  tracker_used: 'the slots in use',
  tracker_hiwater: 'the mark',
  tracker_reset: 'what writing 0 to the mark does',
  tracker_bounds: 'how far the mark may be off',
} as const

interface CompilerError {
  readonly file: string
  readonly line: number
  readonly words: string
  /** The line itself, as a compiler shows it behind its words. */
  readonly code: string
  /** Where the user's file includes the file of the error; undefined where it does not. */
  readonly from: number | undefined
}

/** One line of an include chain; the command line has no number. */
const PLACE = /^(?:In file included from|\s+from) (.+?)(?::(\d+))?(?::\d+)?[,:]$/
const ERROR = /^(.+?):(\d+):(?:\d+:)? (?:fatal )?error: (.*)$/

/** The errors in their order. An include chain is said once for each file; it is kept. */
function errorsOf(stderr: string, userFile: string): CompilerError[] {
  const errors: CompilerError[] = []
  const included = new Map<string, number>()
  let from: number | undefined
  let inChain = false
  const lines = stderr.split('\n')
  for (const [i, line] of lines.entries()) {
    const place = PLACE.exec(line)
    if (place) {
      if (!inChain) from = undefined
      inChain = true
      if (place[1] === userFile) from ??= Number(place[2])
      continue
    }
    const about = /^(.+?):\d+/.exec(line)?.[1]
    if (inChain && about !== undefined && from !== undefined) included.set(about, from)
    inChain = false
    const error = ERROR.exec(line)
    if (!error) continue
    const [, file = '', number, words = ''] = error
    const code = lines[i + 1] ?? ''
    errors.push({ file, line: Number(number), words, code, from: included.get(file) })
  }
  return errors
}

/** A function or a type that nobody has declared, and what the compiler takes it for. */
const UNDECLARED =
  /^(?:implicit declaration of function|call to undeclared function|unknown type name) '(\w+)'(?:.*(; did you mean '(\w+)'\?))?/
/** Where it is a macro, the compiler speaks of its arguments. */
const PER_CPU_MACRO = /\b(?:DEFINE_PER_CPU|DECLARE_PER_CPU|__percpu)\w*/
const PER_CPU = /per_?cpu|this_cpu|^(?:get|put)_cpu/i
/** Of C11; a tracker's are atomic_long_ words. */
const NO_WORD = /^atomic_(?!long_)/

/** What the compiler says of its line, where a word is meant that there is not. */
function plain({ words, code }: CompilerError): string {
  const [, name, meant = '', guess = ''] = UNDECLARED.exec(words) ?? []
  const word = PER_CPU_MACRO.exec(code)?.[0] ?? name
  // Without the name of the option that made a warning an error.
  if (word === undefined) return words.replace(/ \[-W[^\]]*\]$/, '')
  return (
    `${word} is neither declared nor one of the words (docs/own-tracker.md#the-words)` +
    (word !== name || NO_WORD.test(guess) ? '' : meant) +
    (PER_CPU.test(word) ? '; per CPU: examples/per-cpu.h' : '')
  )
}

/** A file is compiled into several objects: what they all give away cannot be linked. */
function definedTwice(stderr: string, userFile: string): string | undefined {
  const about = stderr.split('\n').find((line) => /: multiple definition of /.test(line))
  const name = /multiple definition of [`'](\w+)'/.exec(about ?? '')?.[1]
  if (about === undefined || name === undefined) return undefined
  const line = about.split(`${userFile}:`)[1]?.match(/^\d+/)?.[0]
  const where = line === undefined ? '' : `line ${line}: `
  return `${where}multiple definition of ${name}; expected only what is static`
}

/** The verbs that the allocator calls, and nobody has written. */
function missingVerbs(errors: readonly CompilerError[], userFile: string): string | undefined {
  const missing = errors.flatMap(({ file, words }) => {
    const verb = /(?:declaration of|undeclared) function '(\w+)'/.exec(words)?.[1]
    return file !== userFile && verb !== undefined && verb in VERBS ? [verb] : []
  })
  const words = [...new Set(missing)].map(
    (verb) => `${verb}() (${VERBS[verb as keyof typeof VERBS]})`,
  )
  return words.length > 0 ? `lacks ${words.join(', ')}` : undefined
}

/** struct tracker_area and struct tracker_mem become members of the allocator's structures. */
function missingStruct(stderr: string): string | undefined {
  const at = stderr.indexOf('has incomplete type')
  const name = at < 0 ? undefined : /struct tracker_(?:area|mem)\b/.exec(stderr.slice(at))?.[0]
  return name && `lacks ${name}; expected it before #include "swiotlb/types.h", empty if need be`
}

const structOf = { mem: 'struct tracker_mem', area: 'struct tracker_area' } as const

/** The two sizes that native/tracker-file/limits.h declares are told in one error, or in it and its note. */
function tooLarge(stderr: string): string | undefined {
  const which = /tracker_(mem|area)_bytes/.exec(stderr)?.[1] as keyof typeof structOf | undefined
  if (!which) return undefined
  const about = stderr.split('\n').filter((line) => line.includes(`tracker_${which}_bytes`))
  const sizes = [...about.join('\n').matchAll(/\[(\d+)\]/g)].map(([, size]) => Number(size))
  // Without two of them it is about something else, as a structure that is not there.
  if (new Set(sizes).size < 2) return undefined
  return `${structOf[which]} is ${Math.max(...sizes)} bytes; expected at most ${Math.min(...sizes)}`
}

/** Where the allocator's structures would not be the kernel's with the tracker's words in them. */
function misaligned(stderr: string): string | undefined {
  const area = stderr.includes('"four areas of 16 bytes to a cache line')
  if (!area && !stderr.includes('"the counters at 0x58"')) return undefined
  return (
    `${structOf[area ? 'area' : 'mem']} asks for an alignment above 8; expected at most that of a ` +
    'long: keep words apart with an array of bytes between them, as examples/per-cpu.h does'
  )
}

/** A verb that may be left out is announced by a #define of its name. */
function unannounced(stderr: string, userFile: string): string | undefined {
  const verb = /error: redefinition of '(tracker_\w+)'/.exec(stderr)?.[1]
  if (verb === undefined) return undefined
  const before = stderr
    .split('\n')
    .find((line) => line.startsWith(`${userFile}:`) && line.includes('previous definition'))
  const line = before?.slice(userFile.length + 1).match(/^\d+/)?.[0]
  return (
    line && `line ${line}: ${verb} is not announced; expected "#define ${verb} ${verb}" before it`
  )
}

/**
 * @param stderr of the compiler, in English
 * @param userFile as the compiler was given it
 * @returns what is wrong, with the line of the user's file where there is one
 */
export function diagnose(stderr: string, userFile: string): string {
  const errors = errorsOf(stderr, userFile)
  // Elsewhere than in the user's file it is about something that the allocator expects of it.
  const absent =
    errors[0]?.file === userFile
      ? undefined
      : (missingStruct(stderr) ??
        tooLarge(stderr) ??
        misaligned(stderr) ??
        unannounced(stderr, userFile) ??
        missingVerbs(errors, userFile))
  if (absent) return absent
  // What the user has written is nearer to the fault than what it breaks.
  const first = errors.find(({ file }) => file === userFile) ?? errors[0]
  if (!first) {
    const reason = stderr.trim().split('\n', 1)[0] || 'no reason given'
    return definedTwice(stderr, userFile) ?? `does not compile: ${reason}`
  }
  const elsewhere = first.file !== userFile ? ` (${basename(first.file)}:${first.line})` : ''
  const line = first.file === userFile ? first.line : first.from
  const more = errors.length > 1 ? ` (the first of ${errors.length} errors)` : ''
  return `does not compile${line ? `, line ${line}` : ''}: ${plain(first)}${elsewhere}${more}`
}

/** What is wrong where a compiler has ended: with it, or with the user's file; nothing where it made what it was to. */
export function faultOf(
  { code, signal, stderr, timedOut }: Ended,
  userFile: string,
): string | undefined {
  if (timedOut) return `the compiler did not return within ${LIMIT_MS / 1000} s`
  if (signal) return `the compiler was ended by ${signal}`
  return code === 0 ? undefined : diagnose(stderr, userFile)
}
