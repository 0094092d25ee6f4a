/** A kernel's command line without the words that a kernel prints before it. */

const FIRST = /^(?:swiotlb=|BOOT_IMAGE=|root=|console=|ro\s|rw\s|quiet\s)/
const KEPT =
  /^(?:export\s+)?(?:GRUB_CMDLINE_LINUX|KERNEL_CMDLINE|CMDLINE|append\s|options\s|linux(?:efi|16)?\s+\S|-append\s)/i
/** Words of a sentence, which no kernel's parameter is. */
const PROSE =
  /(?:^|\s)(?:the|and|I|to|with|is|was|it|a|of|in|my|set|added|adding|using|tried|but|after|when|kernel parameter)(?=\s|$)/i
const HAS = /(?:^|[\s"',])swiotlb=/

export type Mention = 'command-line' | 'sentence'

/**
 * Whether a line is a command line, or a sentence that speaks of `swiotlb=`; undefined where it is
 * neither.
 */
export function mentionOf(text: string): Mention | undefined {
  const has = HAS.test(text)
  if (KEPT.test(text) && (has || /=/.test(text))) return 'command-line'
  if (PROSE.test(text)) return has ? 'sentence' : undefined
  if (FIRST.test(text) && /^\S+(?:\s+\S+)*$/.test(text) && /=/.test(text)) return 'command-line'
  if (!has) return undefined
  // One of many words, all of which look like parameters.
  const words = text.split(/\s+/)
  const parameters = words.filter((word) => /^["']?[\w.-]+(?:=\S*)?["',]*$/.test(word))
  return parameters.length === words.length ? 'command-line' : 'sentence'
}
