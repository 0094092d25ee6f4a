/** What lies in the folder of a trace: the notes of its recording, as a capture's tar has them. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InputError } from '../data/errors.js'
import { DMESG, MAX_SMALL_BYTES, META, NOTES, remarksOf, withPoolLines } from './capture.js'
import { isOfScript, type Notes, parseNotes } from './notes.js'

const beside = (trace: string, name: string): string => join(dirname(trace), name)

/** Undefined where there is none that can be read. Throws InputError for one of more bytes. */
function textOf(file: string, most: number): string | undefined {
  let size: number
  try {
    const stat = statSync(file)
    if (!stat.isFile()) return undefined
    size = stat.size
    if (size <= most) return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  throw new InputError(`${file} has ${size} bytes; expected at most ${most}`)
}

const metaOf = (trace: string): string | undefined =>
  textOf(beside(trace, META), Number.POSITIVE_INFINITY)

/**
 * The meta.json in the folder of a trace, with what the dmesg.txt there says beyond it where the
 * capture script wrote them; undefined where there is none. Throws InputError.
 */
export function notesBeside(trace: string): Notes | undefined {
  const meta = metaOf(trace)
  if (meta === undefined) return undefined
  const notes = parseNotes(beside(trace, META), meta)
  if (!isOfScript(meta)) return notes
  return withPoolLines(notes, textOf(beside(trace, DMESG), MAX_SMALL_BYTES) ?? '')
}

/** What the capture script noted in the folder of a trace. Throws InputError. */
export function remarksBeside(trace: string): readonly string[] {
  const meta = metaOf(trace)
  if (meta === undefined || !isOfScript(meta)) return []
  return remarksOf(textOf(beside(trace, NOTES), MAX_SMALL_BYTES) ?? '')
}
