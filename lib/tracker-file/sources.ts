/** The files that a tracker is written in, and which of their functions the compiler left out. */
import { basename, dirname, join, resolve, sep } from 'node:path'
import { placesOf } from './blocks.js'
import { NATIVE } from './compiler.js'
import { functionsOf } from './functions.js'

const TRACKERS = join(NATIVE, 'trackers')
/** What stands in front of every tracker there, and behind it. */
const SHARED: readonly string[] = ['tracker.h', 'defaults.h', 'promise.h']

/** A file of the user's. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** A function of which nothing was compiled. */
export interface Absent {
  readonly function: string
  /** Of its name. */
  readonly line: number
  /** Which of the files. */
  readonly file: number
}

/**
 * @param rule what a compiler writes for make (-MMD): no headers of the system are in it
 * @param source the tracker file
 * @returns the tracker file, and what it includes that is not the lab's
 */
export function sourcePaths(rule: string, source: string): string[] {
  const names = rule
    .slice(rule.search(/:\s/) + 1)
    .replace(/\\\n/g, ' ')
    .match(/(?:\\[ #]|[^\s])+/g)
  const paths = (names ?? []).map((name) =>
    resolve(name.replace(/\\([ #])/g, '$1').replaceAll('$$', '$')),
  )
  // A tracker of the list may be another one in a state of its own: then that file is its code.
  const isTracker = (path: string): boolean =>
    dirname(path) === TRACKERS && !SHARED.includes(basename(path))
  const isOwn = (path: string): boolean =>
    !path.startsWith(NATIVE + sep) || (isTracker(resolve(source)) && isTracker(path))
  return [...new Set([source, ...paths.filter(isOwn)])]
}

/** gcc compiles an unused function that is not inline, and says so; clang does not compile it. */
const UNUSED = /'(\w+)' defined but not used/g

/**
 * @param files the tracker file and those that it includes
 * @param assembly of native/tracker-file/watched.c without optimization: where each used function is
 * @param stderr of the compiler, with -Wunused-function
 * @returns in the order of the files
 */
export function absentFunctions(
  files: readonly SourceFile[],
  assembly: string,
  stderr: string,
): Absent[] {
  const paths = files.map(({ path }) => path)
  const lines = new Set([...placesOf(assembly, paths)].map((at) => at.replace(/:\d+$/, '')))
  const unused = new Set([...stderr.matchAll(UNUSED)].map(([, name]) => name))
  const all = files.flatMap(({ text }, file) =>
    functionsOf(text).map(({ name, from, to }) => {
      const hasPlace = (_: unknown, i: number): boolean => lines.has(`${file}:${from + i}`)
      const compiled = Array.from({ length: to - from + 1 }).some(hasPlace) && !unused.has(name)
      return { function: name, line: from, file, compiled }
    }),
  )
  // Written twice, for one condition and for the other, it is there.
  const there = new Set(all.filter(({ compiled }) => compiled).map((one) => one.function))
  return all
    .filter((one) => !there.has(one.function))
    .map(({ function: name, line, file }) => ({ function: name, line, file }))
}
