/** Whether a guest can run at this machine's own speed. */
import { accessSync, constants, readFileSync } from 'node:fs'
import { InputError } from '../data/errors.js'

/** Where a machine says what it has. */
export interface Places {
  readonly cpuinfo: string
  readonly device: string
}

const PLACES: Places = { cpuinfo: '/proc/cpuinfo', device: '/dev/kvm' }

function flagless(file: string): boolean {
  try {
    return !/^flags\s*:.*\b(?:vmx|svm)\b/m.test(readFileSync(file, 'utf8'))
  } catch {
    return true
  }
}

/**
 * The device alone proves nothing: a guest's kernel may offer it and interpret what runs in it.
 *
 * @param tryBoot throws InputError where a boot does not come to its end in the time it has
 * @returns why not, in words; null where it can
 */
export async function noVirtualization(
  tryBoot: () => Promise<unknown>,
  { cpuinfo, device }: Places = PLACES,
): Promise<string | null> {
  if (flagless(cpuinfo)) return 'the processor has neither vmx nor svm'
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
  } catch (error) {
    return `${device} cannot be used (${(error as NodeJS.ErrnoException).code})`
  }
  try {
    await tryBoot()
    return null
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return `with ${device} ${error.message.split('\n', 1)[0]}`
  }
}
