/** What people and programs wrap around a kernel's line: colours, entities, quotes, stamps. */

/** One line of the text, without what stands around the kernel's words. */
export interface Line {
  /** From 1. */
  readonly number: number
  readonly text: string
  /** Whether a log had put a stamp, a host or a level in front. */
  readonly stamped: boolean
  /** The machine that a log names in front; null where it names none. */
  readonly host: string | null
  /** Seconds since boot; null where the stamp does not say. */
  readonly uptime: number | null
  /** How often it stands for, by `message repeated 5 times`. */
  readonly times: number
}

const ESCAPE = String.fromCharCode(27)
const ANSI = new RegExp(`(?:${ESCAPE}|\\u241b|\\^\\[)(?:\\[[0-9;?]*[A-Za-z]|\\([A-B0])`, 'g')
/** What is not seen: control characters, marks of direction, joiners, soft hyphens. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu
const TAG =
  /<\/?(?:br|p|pre|code|li|ul|ol|div|span|td|tr|table|b|i|em|strong|blockquote|samp|tt)(?:\s[^<>]*)?\/?>/gi

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ' },
}

const entity = (whole: string, name: string): string => {
  const code = /^#(x[\da-f]+|\d+)$/i.exec(name)?.[1]
  if (code === undefined) return ENTITIES[name.toLowerCase()] ?? whole
  const value = /^x/i.test(code) ? Number.parseInt(code.slice(1), 16) : Number(code)
  return value >= 32 && value < 0x10000 ? String.fromCharCode(value) : whole
}

const plain = (raw: string): string =>
  raw
    .replace(ANSI, '')
    .replaceAll('\t', ' ')
    .replace(UNSEEN, '')
    .replace(TAG, ' ')
    // Mail in quoted-printable: its ends of lines, and the one sign that matters within them.
    .replace(/(?<![=<])(?:=0A=?|=20=?|=)$/i, '')
    .replace(/=3D/gi, '=')
    .replace(/&(#x[\da-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, entity)
    .replace(/[\u00a0\u2000-\u200a\u202f\u3000\t]/g, ' ')

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const CLOCK = '\\d{1,2}:\\d{2}:\\d{2}(?:[.,]\\d+)?'
const WALL = `(?:${MONTH}\\s+\\d{1,2}(?:\\s+\\d{4})?\\s+${CLOCK}|\\d{4}[-/]\\d{2}[-/]\\d{2}[T ]${CLOCK}(?:\\s?(?:Z|UTC|[+-]\\d{2}:?\\d{2}))?)`
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'

/** What is no part of the message, and says nothing of how the line came here. */
const DECORATION: readonly RegExp[] = [
  // Quotes of mail and Markdown, bullets, arrows, comment signs, rows of a table.
  /^(?:>|\|(?!\|)|`{1,3}|\*{1,3}(?!\*)|=>|->|--> |#+(?= )|\/\/+|\/\*+|\+ |- |• |· |–|; )\s*/u,
  /^\d{1,3}[.)]\s+/,
  // `grep -n`, `grep -H`, `cat -n`.
  /^[\w./-]+\.(?:log|txt|gz|\d)(?::\d+)?[:-](?=\S)/,
  /^\d{1,7}[:-](?=\[|<\d|[A-Z][a-z]{2} |swiotlb|software)/,
  /^\d{1,7}\s{1,4}(?=\[\s*\d+\.|<\d{1,2}>|[A-Z][a-z]{2} +\d)/,
]

/** What a log puts in front of a message. */
const STAMPS: readonly RegExp[] = [
  /^<\d{1,3}>\s*/,
  // A time, on any clock; also a caller, `[    T1]` and `[   C0]`, and one that was made unreadable.
  /^\[\s*\d+\.\d{1,9}(?:\s*<\s*[\d.]+>)?\]\s*/,
  /^\[\s*[x*?]+\.[x*?]+\]\s*/i,
  /^\[\s*\+\s*\d+\.\d+\]\s*/,
  /^\[\s*[TC]\d+\]\s*/,
  new RegExp(`^\\[\\s*(?:${DAY}\\s+)?${WALL}(?:\\s+\\d{4})?\\]\\s*`),
  new RegExp(`^\\[\\s*${MONTH}\\s?\\d{1,2}\\s+\\d{1,2}:\\d{2}(?::\\d{2})?\\]\\s*`),
  new RegExp(`^(?:${DAY}\\s+)?${WALL}\\s+`),
  new RegExp(`^\\d{2}-\\d{2}\\s+${CLOCK}\\s+\\d+\\s+\\d+\\s+[VDIWEF]\\s+(?:\\S*\\s*:\\s*)?`),
  /^std(?:out|err)\s+[FP]\s+/,
  /^(?:kern|user|daemon|syslog)\s*:\s*(?:emerg|alert|crit|err|warn|notice|info|debug)\s*:\s*/,
  /^(?:[\w.-]+\s+)?kernel(?:\[\d+\])?:\s*/,
  /^KERN(?:EL)?:\s*/,
  // The end of a time whose bracket stayed in the line before.
  /^\d{1,8}\.\d{6}\]\s*/,
  // Seconds without brackets.
  /^\d{1,8}\.\d{6}:?\s+/,
]

const HOST = /^([\w.-]+)\s+kernel(?:\[\d+\])?:/
/** What a machine is called before it knows its name. */
const NAMELESS = /^(?:localhost|\(none\))(?:\.|$)/
const UPTIME = /^\[\s*(\d{1,10}\.\d{1,9})/
const REPEATED = /^message repeated (\d{1,9}) times:\s*\[\s*(.*?)\]?\s*$/

interface Stripped {
  text: string
  stamped: boolean
  host: string | null
  uptime: number | null
  times: number
}

const hostOf = (name: unknown): string | null =>
  typeof name === 'string' && !NAMELESS.test(name) ? name : null

function stripOnce(line: Stripped): boolean {
  const { text } = line
  for (const stamp of STAMPS) {
    const found = stamp.exec(text)
    if (!found || found[0] === '') continue
    const uptime = UPTIME.exec(found[0])
    if (uptime) line.uptime = Number(uptime[1])
    // Without a stamp in front, as in "Host kernel: 6.8", it is prose.
    if (line.stamped) line.host = hostOf(HOST.exec(found[0])?.[1]) ?? line.host
    line.stamped = true
    line.text = text.slice(found[0].length)
    return true
  }
  const repeated = REPEATED.exec(text)
  if (repeated) {
    line.times = Number(repeated[1])
    line.text = repeated[2] ?? ''
    return true
  }
  for (const mark of DECORATION) {
    const found = mark.exec(text)
    if (!found || found[0] === '') continue
    line.text = text.slice(found[0].length)
    return true
  }
  return false
}

/** Stamps in a row; more than these are none. */
const MOST_STAMPS = 16

/** A journal that was exported as JSON, one record a line. */
function journalMessage(text: string): Pick<Stripped, 'text' | 'host'> {
  const asIs = { text, host: null }
  if (!text.startsWith('{') || !text.includes('"MESSAGE"')) return asIs
  try {
    const { MESSAGE, _HOSTNAME } = JSON.parse(text) as Readonly<Record<string, unknown>>
    return typeof MESSAGE === 'string' ? { text: MESSAGE, host: hostOf(_HOSTNAME) } : asIs
  } catch {
    return asIs
  }
}

/** What closes a code span or bold words, at the end of a line. */
const CLOSERS = ['`', '**', '\\'] as const

function trimClosers(text: string): string {
  let rest = text.trimEnd()
  for (let found = true; found; ) {
    const closer = CLOSERS.find((one) => rest.endsWith(one))
    found = closer !== undefined
    if (closer) rest = rest.slice(0, -closer.length).trimEnd()
  }
  return rest
}

function cleanLine(raw: string, number: number): Line {
  const line: Stripped = {
    ...journalMessage(plain(raw).trim()),
    ...{ stamped: false, uptime: null, times: 1 },
  }
  for (let i = 0; i < MOST_STAMPS && stripOnce(line); i++) line.text = line.text.trimStart()
  return { number, ...line, text: trimClosers(line.text) }
}

/** No message of a kernel, and no command line, is longer by far. */
const LONGEST = 2 ** 14

const MESSAGE = 'swiotlb buffer is full'

/** Messages that a form or a mail has run together into one line. */
function parted(raw: string): string[] {
  const first = raw.indexOf(MESSAGE)
  if (first < 0 || raw.indexOf(MESSAGE, first + 1) < 0) return [raw]
  return raw.split(/(?<=\(slots\)|bytes\))[ \t]+(?=\S)(?!,? ?(?:total|used)\b)/)
}
export interface Cleaned {
  readonly lines: readonly Line[]
  /** Lines of which the beginning alone was read. */
  readonly tooLong: readonly number[]
}

/** All lines of a text, with whatever ends a line. */
export function cleanLines(text: string): Cleaned {
  const raw = text.split(/\r\n|\n|\r/)
  return {
    lines: raw.flatMap((line, i) =>
      parted(line.slice(0, LONGEST)).map((part) => cleanLine(part, i + 1)),
    ),
    tooLong: raw.flatMap(({ length }, i) => (length > LONGEST ? [i + 1] : [])),
  }
}
