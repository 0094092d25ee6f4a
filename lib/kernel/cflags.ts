/** The flags that decide the machine code of what is measured. */
import { readFileSync } from 'node:fs'
import { arch } from 'node:process'
import { inPackage } from '../data/package.js'

function words(name: string): string[] {
  const text = readFileSync(inPackage(`native/${name}`), 'utf8')
  return text.split('\n').filter(Boolean)
}

/** What the addon's C code is compiled with; binding.gyp reads the same files. */
export function measuredFlags(): readonly string[] {
  return [...words('cflags'), ...(arch === 'x64' ? words('cflags.x64') : [])]
}
