/** Files that are no text, and what to do with them. */
import { detectLayout } from '../events/lines.js'
import { TraceError } from '../trace-error.js'

type Magic = readonly [bytes: string, found: string, expected: string | ((file: string) => string)]

const piped = (command: string) => (file: string) =>
  `text: ${command} ${file} | swiotlb-lab replay -`

const MAGICS: readonly Magic[] = [
  ['\x17\x08\x44tracing', 'a binary trace.dat', 'text: trace-cmd report'],
  ['PERFILE2', 'a binary perf.data', 'text: perf script'],
  ['\xfd7zXZ\0', 'packed with xz', piped('xz -dc')],
  ['BZh', 'packed with bzip2', piped('bzip2 -dc')],
  ['PK\x03\x04', 'a zip archive', piped('unzip -p')],
  ['\x04\x22\x4d\x18', 'packed with lz4', piped('lz4 -dc')],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive', piped('7z x -so')],
  ['\xef\xbb\xbf', 'text with a byte order mark (UTF-8)', piped('tail -c +4')],
  ['\xff\xfe', 'text in UTF-16', piped('iconv -f UTF-16 -t UTF-8')],
  ['\xfe\xff', 'text in UTF-16', piped('iconv -f UTF-16 -t UTF-8')],
  ['\x1f\x8b', 'packed twice', piped('gzip -dc')],
  ['\x28\xb5\x2f\xfd', 'packed twice', piped('zstd -dc')],
]

/** Text that another command reads, by its first line. */
const OTHERS: readonly (readonly [line: RegExp, found: string, command?: string])[] = [
  [
    /^[\s*>|/]*(?:<\d+>)?\[\s*(?:[\dx]+\.[\dx]+|\d{4}-\d\d-\d\d[T ][\d:.+]+)\]|\bkernel:|swiotlb buffer is full|software IO TLB/i,
    'a kernel log',
  ],
  [/\bio_tlb_(?:used|nslabs|used_hiwater)\b/, 'read-outs of debugfs'],
  [/^\s*\{/, 'JSON, as of a scenario', 'run'],
  [/^BOOT_IMAGE=|(?:^|[\s`"'])swiotlb=/, "a kernel's command line"],
]

/** Throws TraceError for text that another command reads. */
export function refuseOtherText(head: Buffer, file: string): void {
  const [first = ''] = head
    .toString('latin1')
    .split('\n')
    .filter((line) => line.trim() !== '')
  if (first.startsWith('#') || detectLayout(first)) return
  for (const [line, found, command = 'explain'] of OTHERS) {
    if (!line.test(first)) continue
    throw new TraceError(file, 1, `${found}: try ${command} ${file}`, 'a trace')
  }
}

/** Throws TraceError, with what to type, for a file that begins as something else than a trace. */
export function refuseUnreadable(head: Buffer, file: string): void {
  for (const [magic, found, expected] of MAGICS) {
    const bytes = Buffer.from(magic, 'latin1')
    if (!head.subarray(0, bytes.length).equals(bytes)) continue
    throw new TraceError(file, 0, found, typeof expected === 'string' ? expected : expected(file))
  }
}
