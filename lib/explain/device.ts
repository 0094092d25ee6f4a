/** The device in front of a message: none, one word, or several. */
import type { Device } from './events.js'

/** More words than this in front of a message are no device. */
const MOST_WORDS = 3

/** What follows the last thing that ends a sentence, a quote or another prefix. */
const lastPart = (text: string): string =>
  text.split(/[`"“”]|: |=> |\] |\)\s*:\s|\s[-|]\s/).at(-1) ?? ''

/** As a bus names a device: with a digit, or with dots, colons or hyphens between letters. */
const isBusName = (word: string): boolean => /\d|\w[.:-]\w/.test(word)

/**
 * The device in what stands before a message, with the colon that a kernel ends it with; null where
 * there is none.
 */
export function deviceOf(before: string): Device {
  const body = before.trim()
  if (!body.endsWith(':')) return null
  const words = lastPart(body.slice(0, -1))
    .replace(/^[^\w(]+/, '')
    .split(/\s+/)
    .filter((word) => word !== '')
  // `uniq -c` puts a number in front.
  while (words.length > 1 && /^\d+$/.test(words[0] ?? '')) words.shift()
  const name = words.join(' ')
  if (name === '' || /^\(NULL device/.test(name)) return null
  // Sub-systems of the kernel, and no devices.
  if (/^(?:swiotlb|software IO TLB|DMA|PCI-DMA|kernel|WARNING|ERROR|error|dmesg)$/i.test(name))
    return null
  if (words.length <= MOST_WORDS) return name
  const [last = ''] = words.slice(-1)
  return isBusName(last) ? words.slice(-2).join(' ') : last
}

/** Whether a line may be the beginning of a device whose rest, and the message, went to the next line. */
export const beginsDevice = (text: string): boolean =>
  /^[\w(][\w().*:/-]*(?: [\w(*][\w().*:/-]*){0,2}$/.test(text) && !/: /.test(text)
