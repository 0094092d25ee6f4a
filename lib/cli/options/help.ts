/** What `--help` prints: as wide as there is room for, with notes and examples at its end. */
import type { Command, HelpConfiguration } from 'commander'
import { broken } from '../../report/fit.js'
import { self } from './next-step.js'
import { terminalColumns } from './terminal.js'

/** Where no terminal tells. */
const USUAL = 80
/** Less is no column; what is said then stands under its term. */
const LEAST_ROOM = 24
const INDENT = '  '
/** What commander writes before it. */
const USAGE = 'Usage: '

export const helpWidth = (): number => terminalColumns() ?? USUAL

/** For commander, which leaves what is narrow as it is. */
export const helpConfiguration: HelpConfiguration = {
  formatItem: (term, termWidth, description) => {
    if (!description) return INDENT + term
    const before = termWidth + 2 * INDENT.length
    const room = helpWidth() - before
    if (room < LEAST_ROOM) {
      const under = INDENT.repeat(3)
      return [INDENT + term, ...broken(description, helpWidth(), under, under)].join('\n')
    }
    const lines = broken(description, room)
    return `${INDENT}${term.padEnd(termWidth)}${INDENT}${lines.join(`\n${' '.repeat(before)}`)}`
  },
  boxWrap: (text, room) => broken(text, room).join('\n'),
  styleUsage: (text) =>
    broken(`${USAGE}${text}`, helpWidth(), INDENT).join('\n').slice(USAGE.length),
}

/** Paragraphs, which empty lines end, in lines of the terminal; what begins with a blank keeps its line. */
function reflowed(text: string): string {
  const parts: string[] = []
  let open = false
  for (const line of text.trim().split('\n')) {
    const prose = line !== '' && !line.startsWith(' ')
    if (prose && open) parts.push(`${parts.pop()} ${line}`)
    else if (line !== '') parts.push(line)
    open = prose
  }
  return parts
    .flatMap((part) => {
      const [indent = ''] = /^ */.exec(part) ?? []
      return broken(part.trimStart(), helpWidth(), indent && `${indent}${INDENT}`, indent)
    })
    .join('\n')
}

/** Below the options. */
export const notes = (text: string) => (): string => `\n${reflowed(text)}`

/** Lines as a shell takes them, in which `swiotlb-lab` stands for this program. */
export interface Example {
  readonly what: string
  readonly line: string
}

/** Each with what it does, so that all of them can be pasted. */
export function addExamples(command: Command, examples: readonly Example[]): void {
  command.addHelpText('after', () =>
    [
      `\n${examples.length === 1 ? 'Example' : 'Examples'}:`,
      ...examples.flatMap(({ what, line }) => [
        ...broken(what, helpWidth(), `${INDENT}# `, `${INDENT}# `),
        ...line.split('\n').map((one) => INDENT + one.replaceAll('swiotlb-lab ', `${self()} `)),
      ]),
    ].join('\n'),
  )
}
