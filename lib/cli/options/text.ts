/** Text out of a file as it came: packed, or in one of the encodings that programs write. */
import { InputError } from '../../index.js'
import { DamagedData, unpackWhole } from '../../trace/bytes/unpack.js'

/** The encodings that a byte order mark tells. */
const MARKS: readonly (readonly [mark: readonly number[], encoding: string])[] = [
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
  [[0xef, 0xbb, 0xbf], 'utf-8'],
]

function unpacked(bytes: Uint8Array, name: string): Buffer {
  try {
    return Buffer.concat([...unpackWhole(Buffer.from(bytes))])
  } catch (error) {
    if (error instanceof DamagedData) {
      throw new InputError(`${name}: ${error.message}; expected ${error.expected}`)
    }
    throw error
  }
}

/** Throws InputError for packed data that are damaged. */
export function readText(bytes: Uint8Array, name: string): string {
  const plain = unpacked(bytes, name)
  const found = MARKS.find(([mark]) => mark.every((byte, i) => plain[i] === byte))
  return new TextDecoder(found?.[1] ?? 'utf-8').decode(plain)
}
