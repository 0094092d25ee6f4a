// The machine code of the addon: locked instructions are where a tracker is meant to have them,
// and nowhere else. What is measured is what a kernel would run.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { testUnless } from './run-helpers.js'

const ADDON = join(__dirname, '../build/Release/swiotlb_lab.node')
const LAYOUTS = ['packed_kernel', 'padded_kernel', 'packed_own', 'padded_own'].flatMap((layout) => [
  `${layout}_counts`,
  `${layout}_bitmap`,
])

/** Functions by name; static ones of the plain and the instrumented build share theirs. */
type Code = ReadonlyMap<string, readonly (readonly string[])[]>

function reasonToSkip(): string | undefined {
  if (process.arch !== 'x64') return `x86-64 instructions; this machine is ${process.arch}`
  const { error, status } = spawnSync('objdump', ['--version'])
  return error || status !== 0 ? 'objdump (binutils) is not installed' : undefined
}

/** Assemblers pad branches with prefixes that do nothing: `cs cs lock cmpxchg`. */
const withoutPadding = (instruction: string): string =>
  instruction.replace(/^(?:(?:cs|ds|es|ss|data16|rex\S*)\s+)+/, '')

let disassembled: Code | undefined

function disassemble(): Code {
  if (disassembled) return disassembled
  const { stdout, stderr, status } = spawnSync('objdump', ['-d', '--no-show-raw-insn', ADDON], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`objdump ${ADDON}: ${stderr}`)
  const code = new Map<string, string[][]>()
  let current: string[] | undefined
  for (const line of stdout.split('\n')) {
    const name = /^[0-9a-f]+ <(.+)>:$/.exec(line)?.[1]
    if (name !== undefined) {
      current = []
      code.set(name, [...(code.get(name) ?? []), current])
      continue
    }
    const instruction = /^\s+[0-9a-f]+:\t(.+)$/.exec(line)?.[1]
    if (instruction !== undefined) current?.push(withoutPadding(instruction.trim()))
  }
  disassembled = code
  return code
}

const calls = (instructions: readonly string[], symbol: string): boolean =>
  instructions.some((i) => i.includes(`<${symbol}`))

/** The function of the plain build: it takes the area's lock from the C library. */
function plain(name: string): readonly string[] {
  const found = (disassemble().get(name) ?? []).filter(
    (instructions) =>
      calls(instructions, 'pthread_spin_lock') && !calls(instructions, 'instrument_spin_lock'),
  )
  expect(found).toHaveLength(1)
  return found[0] as readonly string[]
}

/** With a lock prefix, or an exchange with memory, which locks by itself. */
function locked(instructions: readonly string[]): string[] {
  return instructions.filter((i) => /^lock\s/.test(i) || /^xchg\s.*\(/.test(i))
}

/** Where a function goes: other functions, by their plain names. */
function targets(name: string, instructions: readonly string[]): string[] {
  const found = instructions.flatMap((i) => {
    const target = /^(?:call|jmp|j[a-z]+)\s.*<([^>+]+)(?:\+[^>]+)?>$/.exec(i)?.[1]
    return target === undefined ? [] : [target.replace(/@plt$|\.(?:isra|constprop|part).*$/, '')]
  })
  return [...new Set(found)].filter((target) => target !== name).sort()
}

/** The C library's, and what only a pool that grows or is full takes. */
const HARMLESS = [
  'memcpy',
  'pthread_spin_lock',
  'pthread_spin_unlock',
  'swiotlb_find_slots_dynamic',
  'swiotlb_unmap_dynamic',
  'swiotlb_warn_full',
]

describe('instructions', () => {
  const reason = reasonToSkip()

  testUnless(reason, "global-atomic's map has the kernel's xadd and cmpxchg", () => {
    for (const layout of LAYOUTS) {
      const found = locked(plain(`global_atomic_map_${layout}`)).join('\n')
      expect(found).toMatch(/^lock xadd /m)
      expect(found).toMatch(/^lock cmpxchg /m)
    }
    // On the kernel's own offsets from struct io_tlb_mem.
    const kernel = locked(plain('global_atomic_map_packed_kernel_counts')).join('\n')
    expect(kernel).toMatch(/^lock xadd %r\w+,0x58\(/m)
  })

  testUnless(
    reason,
    "global-atomic's unmap has one kind of locked instruction, a subtraction",
    () => {
      for (const layout of LAYOUTS) {
        const found = locked(plain(`global_atomic_unmap_${layout}`))
        expect(found.length).toBeGreaterThan(0)
        for (const instruction of found) expect(instruction).toMatch(/^lock (?:sub|xadd|add) /)
      }
    },
  )

  testUnless(reason, "off, per-area and sampled lock nothing but the area's lock", () => {
    for (const tracker of ['off', 'per_area', 'sampled']) {
      for (const verb of ['map', 'unmap']) {
        for (const layout of LAYOUTS) {
          const name = `${tracker}_${verb}_${layout}`
          expect([name, locked(plain(name))]).toEqual([name, []])
          const elsewhere = targets(name, plain(name)).filter((t) => !HARMLESS.includes(t))
          expect([name, elsewhere]).toEqual([name, []])
        }
      }
    }
  })

  test('what counts as locked', () => {
    expect(locked(['xchg   %ax,%ax', 'mov %rax,(%rbx)', 'xadd %rax,(%rbx)'])).toEqual([])
    expect(locked(['lock xadd %rax,0x58(%rcx)'])).toHaveLength(1)
    expect(locked([withoutPadding('cs cs lock cmpxchg %rdx,(%rcx)')])).toHaveLength(1)
    expect(locked(['xchg   %eax,(%rdi)'])).toHaveLength(1)
  })
})
