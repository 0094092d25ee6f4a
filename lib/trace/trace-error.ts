/** A trace or log that cannot be read: names the file, the line and what was expected there. */
export class TraceError extends Error {
  /** The file as the user named it. */
  readonly file: string
  /** Line from 1; 0 when the fault belongs to no line. */
  readonly line: number
  /** What is wrong there. */
  readonly problem: string
  /** What should have stood there. */
  readonly expected: string

  constructor(file: string, line: number, problem: string, expected: string) {
    const place = line > 0 ? `${file}:${line}` : file
    super(`${place}: ${oneLine(problem)}; expected ${oneLine(expected)}`)
    this.name = 'TraceError'
    this.file = file
    this.line = line
    this.problem = problem
    this.expected = expected
  }
}

/** Quotes a piece of somebody's text for a message: printable, and not longer than a glance. */
export function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text
  return JSON.stringify(shown)
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ')
}
