/** Where a C file's functions are. */

export interface Extent {
  readonly name: string
  /** The line of its name, and that of its last brace. */
  readonly from: number
  readonly to: number
}

/** Comments, strings, and directives with all their lines. */
const WORDS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|^[ \t]*#(?:\\\n|[^\n])*/gm
const ATTRIBUTE = /__attribute__\s*\(\(.*?\)\)/gs
/** What stands before a function's body: its name, and its parameters. */
const HEAD = /([A-Za-z_]\w*)\s*\([^;{}]*\)[^;{}()=]*$/

/** Lines and places stay. */
const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

/** The functions that a C file defines. */
export function functionsOf(text: string): readonly Extent[] {
  const code = text.replace(WORDS, blank).replace(ATTRIBUTE, blank)
  const functions: Extent[] = []
  const lineAt = (at: number): number => code.slice(0, at).split('\n').length
  let depth = 0
  let begun = 0
  let head: Omit<Extent, 'to'> | undefined
  for (const { 0: mark, index } of code.matchAll(/[{};]/g)) {
    if (mark === '{' && depth++ === 0) {
      const found = HEAD.exec(code.slice(begun, index))
      head = found?.[1] ? { name: found[1], from: lineAt(begun + found.index) } : undefined
    } else if (mark === '}' && --depth === 0 && head) {
      functions.push({ ...head, to: lineAt(index) })
      head = undefined
    }
    if (depth === 0) begun = index + 1
  }
  return functions
}
