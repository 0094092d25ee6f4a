/** A file, or stdin. */
import { readFile } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { InputError } from '../../index.js'

export const STDIN = '-'

/** Of files as one would type them: what stdin held is gone, and cannot be read again. */
export const isStdin = (typed: string): boolean => typed.split(' ').includes(STDIN)

/** All of a file, or of stdin for `-`. Throws InputError where it cannot be read. */
export async function readInput(file: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    if (file !== STDIN) return await readFile(file, { signal })
    const chunks: Uint8Array[] = []
    for await (const chunk of addAbortSignal(signal, process.stdin)) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (error) {
    if (signal.aborted) throw error
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(`${file}: cannot be read (${reason}); expected a file that can be read`)
  }
}
