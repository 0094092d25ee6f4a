/** The flags that decide the machine code of what is measured. */
import { readFileSync } from 'node:fs'
import { arch } from 'node:process'

function words(name: string): string[] {
  // lib/kernel/ and dist/kernel/ are both two levels below the package root.
  const text = readFileSync(new URL(`../../native/${name}`, import.meta.url), 'utf8')
  return text.split('\n').filter(Boolean)
}

/** What the addon's C code is compiled with; binding.gyp reads the same files. */
export function measuredFlags(): readonly string[] {
  return [...words('cflags'), ...(arch === 'x64' ? words('cflags.x64') : [])]
}
