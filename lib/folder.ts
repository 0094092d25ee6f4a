/** A folder for what is compiled, which goes with its use, also when the process is left early. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @param what is done in it, a part of its name */
export async function withFolder<T>(what: string, use: (folder: string) => Promise<T>): Promise<T> {
  // Its name says whose it is: a folder whose process is gone was left behind.
  const folder = mkdtempSync(join(tmpdir(), `swiotlb-lab-${what}-${process.pid}-`))
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', remove)
  try {
    return await use(folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
}
