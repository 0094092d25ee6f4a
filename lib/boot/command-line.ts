/** A kernel's command line: its words, and the values of `swiotlb=` among them. */

/** A word of a command line, and its value when it has one. */
interface Parameter {
  readonly name: string
  readonly value: string | null
}

export interface CommandLine {
  readonly text: string
  /** What the kernel itself reads, in its order. */
  readonly parameters: readonly Parameter[]
  /** `swiotlb=` values behind `--`, which are for init and not for the kernel. */
  readonly forInit: readonly string[]
}

/** Words are parted by blanks, except within double quotes. */
const WORD = /(?:[^\s"]|"[^"]*(?:"|$))+/g

const unquote = (text: string): string => text.replaceAll('"', '')

function parameter(word: string): Parameter {
  const plain = unquote(word)
  const at = plain.indexOf('=')
  const name = at < 0 ? plain : plain.slice(0, at)
  // The kernel takes - and _ in names for the same.
  return { name: name.replaceAll('-', '_'), value: at < 0 ? null : plain.slice(at + 1) }
}

/** What stands around a command line where boot loaders keep it: `GRUB_CMDLINE_LINUX="..."`. */
const SETTING = /^\s*(?:export\s+)?(?:GRUB_CMDLINE_LINUX\w*|CMDLINE\w*|KERNEL_CMDLINE\w*)\s*\+?=\s*/
const LOADER = /^\s*(?:append|options|linux(?:efi|16)?\s+\S+|-append|kernel\s+\/\S+)\s+/i
const PRINTED = /^.*?\bcommand line:\s*/i

function bare(text: string): string {
  const body = text.replace(PRINTED, '').replace(SETTING, '').replace(LOADER, '').trim()
  const quoted = /^(["'])(.*)\1$/.exec(body)
  return quoted?.[2] ?? body
}

/** Reads a command line as it is printed, stored by a boot loader, or typed. */
export function readCommandLine(text: string): CommandLine {
  // Ends of lines, and what would move a terminal's cursor, part words as blanks do.
  const body = bare(text.replace(/\p{Cc}+/gu, ' '))
  const words: readonly string[] = body.match(WORD) ?? []
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  const rest = end < 0 ? [] : words.slice(end + 1)
  return {
    text: body,
    parameters: own.map(parameter),
    forInit: rest
      .map(parameter)
      .flatMap(({ name, value }) => (name === 'swiotlb' && value !== null ? [value] : [])),
  }
}

/** The values of `swiotlb=`, in their order. */
export const swiotlbValues = ({ parameters }: CommandLine): string[] =>
  parameters.flatMap(({ name, value }) => (name === 'swiotlb' ? [value ?? ''] : []))
