/** What a process of its own takes. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * The largest memory that a process has had, in KiB. `maxRSS` will not do: a child's begins with that
 * of the process that it was forked from.
 */
const HIGHEST = `
const status = (await import('node:fs')).readFileSync('/proc/self/status', 'utf8')
console.log(/^VmHWM:\\s*(\\d+) kB$/m.exec(status)[1])`

/**
 * @param script a module; its arguments follow in `process.argv`, the library's address first
 * @returns MiB that a process had at its highest while it ran the script
 */
export async function memoryOf(
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const lib = import.meta.resolve('swiotlb-lab')
  const words = ['--input-type=module', '-e', `${script}\n${HIGHEST}`, '--', lib, ...args]
  const { stdout } = await promisify(execFile)(process.execPath, words, { signal })
  return Number(stdout) / 1024
}
