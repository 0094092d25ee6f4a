// The machine code of the addon: locked instructions are where a tracker is meant to have them,
// and nowhere else. What is measured is what a kernel would run.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { testUnless } from '../run/helpers.js'

const ADDON = join(__dirname, '../../build/Release/swiotlb_lab.node')
const LAYOUTS = ['packed_kernel', 'padded_kernel', 'packed_own', 'padded_own'].flatMap((layout) => [
  `${layout}_counts`,
  `${layout}_bitmap`,
])

interface Function {
  readonly name: string
  readonly address: string
  readonly instructions: string[]
}

/** Functions by name: static ones of several units share theirs. And by address. */
interface Code {
  readonly named: ReadonlyMap<string, readonly Function[]>
  readonly at: ReadonlyMap<string, Function>
}

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
  const named = new Map<string, Function[]>()
  const at = new Map<string, Function>()
  let current: Function | undefined
  for (const line of stdout.split('\n')) {
    const [, address, name] = /^0*([0-9a-f]+) <(.+)>:$/.exec(line) ?? []
    if (address !== undefined && name !== undefined) {
      current = { name, address, instructions: [] }
      named.set(name, [...(named.get(name) ?? []), current])
      at.set(address, current)
      continue
    }
    const instruction = /^\s+[0-9a-f]+:\t(.+)$/.exec(line)?.[1]
    if (instruction !== undefined) current?.instructions.push(withoutPadding(instruction.trim()))
  }
  disassembled = { named, at }
  return disassembled
}

const calls = (instructions: readonly string[], symbol: string): boolean =>
  instructions.some((i) => i.includes(`<${symbol}`))

/**
 * What runs in a map or unmap: the function, and the allocator's own that it goes to.
 *
 * @param slow what is not followed
 */
function reached(from: Function, slow: readonly string[]): Function[] {
  const found = [from]
  for (const { instructions } of found) {
    for (const { name, address } of targets(instructions)) {
      const next = disassemble().at.get(address)
      const known = !next || [...HARMLESS, ...slow].includes(name) || found.includes(next)
      if (!known && !next.name.endsWith('@plt')) found.push(next)
    }
  }
  return found
}

/** The function of the plain build, which takes the area's lock from the C library, and its own. */
function plainFunctions(name: string, slow: readonly string[] = []): readonly Function[] {
  const all = (disassemble().named.get(name) ?? []).map((one) => reached(one, slow))
  const found = all.filter((functions) => {
    const instructions = functions.flatMap((one) => one.instructions)
    return (
      calls(instructions, 'pthread_spin_lock') && !calls(instructions, 'instrument_bounce_copy')
    )
  })
  expect(found).toHaveLength(1)
  return found[0] as readonly Function[]
}

const plain = (name: string): readonly string[] =>
  plainFunctions(name).flatMap(({ instructions }) => instructions)

/** With a lock prefix, or an exchange with memory, which locks by itself. */
function locked(instructions: readonly string[]): string[] {
  return instructions.filter((i) => /^lock\s/.test(i) || /^xchg\s.*\(/.test(i))
}

/** At the offsets of the tracker's global words in struct io_tlb_mem, reserve's seven and fewer. */
const global = (instructions: readonly string[]): string[] =>
  instructions.filter((i) => /(?<![-\w])0x(?:58|6[08]|7[08]|8[08])\(%r(?!bp|sp)/.test(i))

/** Where code goes: functions, and places within them; by their plain names. */
function targets(instructions: readonly string[]): { name: string; address: string }[] {
  return instructions.flatMap((i) => {
    const [, address, target] = /^(?:call|jmp|j[a-z]+)\s+([0-9a-f]+) <([^>+]+)/.exec(i) ?? []
    if (address === undefined || target === undefined) return []
    return [{ name: withoutSuffix(target), address }]
  })
}

/** The plain name of a function's stub, or of what the compiler made of it. */
const withoutSuffix = (name: string): string =>
  name.replace(/@plt$|\.(?:isra|constprop|part).*$/, '')

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

  /** No locked instruction, and no way to code that is not known to have none. */
  function expectNothingLocked(name: string, slow: readonly string[] = []): void {
    const functions = plainFunctions(name, slow)
    const instructions = functions.flatMap((one) => one.instructions)
    expect([name, locked(instructions)]).toEqual([name, []])
    const known = [...HARMLESS, ...slow, ...functions.map((one) => withoutSuffix(one.name))]
    const unknown = targets(instructions).filter(({ name: to }) => !known.includes(to))
    expect([name, unknown]).toEqual([name, []])
  }

  testUnless(reason, "off, per-area and sampled lock nothing but the area's lock", () => {
    // off_24 is what per-area, switchable, batched, tree and reserve are measured against, off_32
    // local-peak.
    for (const tracker of ['off', 'off_24', 'off_32', 'per_area', 'sampled']) {
      for (const verb of ['map', 'unmap']) {
        for (const layout of LAYOUTS) expectNothingLocked(`${tracker}_${verb}_${layout}`)
      }
    }
  })

  testUnless(reason, 'local-peak and tree lock nothing until a merge or a carry is due', () => {
    const slow = { local_peak: 'tracker_merge', tree: 'tracker_carry' } as const
    for (const [tracker, wayOut] of Object.entries(slow)) {
      for (const verb of ['map', 'unmap']) {
        for (const layout of LAYOUTS) {
          const name = `${tracker}_${verb}_${layout}`
          expectNothingLocked(name, [wayOut])
          const fast = plainFunctions(name, [wayOut]).flatMap((one) => one.instructions)
          expect(targets(fast).map((target) => target.name)).toContain(wayOut)
          expect(locked(plain(name)).length).toBeGreaterThan(0)
        }
      }
    }
  })

  testUnless(reason, "funnel's map and unmap join a batch, and wait for it", () => {
    for (const layout of LAYOUTS) {
      for (const verb of ['map', 'unmap']) {
        const found = locked(plain(`funnel_${verb}_${layout}`)).join('\n')
        expect(found).toMatch(/^lock xadd /m)
        // Who waits in between leaves the processor to its sibling.
        expect(plain(`funnel_${verb}_${layout}`)).toContain('pause')
      }
    }
  })

  testUnless(reason, "reserve's fast path locks nothing, and looks at no word of all CPUs", () => {
    const slow = ['tracker_take', 'tracker_give', 'tracker_follow_up']
    const wayOut = { map: ['tracker_take', 'tracker_follow_up'], unmap: ['tracker_give'] } as const
    for (const verb of ['map', 'unmap'] as const) {
      for (const layout of LAYOUTS) {
        const name = `reserve_${verb}_${layout}`
        expectNothingLocked(name, slow)
        const fast = plainFunctions(name, slow).flatMap((one) => one.instructions)
        // Else it would not be the fast path, or all would be in it.
        const gone = targets(fast).map((target) => target.name)
        expect([name, gone]).toEqual([name, expect.arrayContaining([...wayOut[verb]])])
        if (layout.startsWith('packed_kernel')) expect([name, global(fast)]).toEqual([name, []])
        // What it leaves to the slow path is there.
        expect(locked(plain(name)).length).toBeGreaterThan(0)
      }
    }
    expect(global(plain('global_atomic_map_packed_kernel_counts')).length).toBeGreaterThan(0)
  })

  testUnless(reason, 'boot-switch calls a function out of line, directly or by address', () => {
    /** What a plain map calls of the tracker's own, in the layout of the kernel. */
    const tracked = (tracker: string): Function[] =>
      plainFunctions(`${tracker}_map_packed_kernel_counts`).filter(
        ({ name }) => name === 'tracker_track_add',
      )
    const byAddress = (tracker: string): string[] =>
      plain(`${tracker}_map_packed_kernel_counts`).filter((i) => /^call\s+\*/.test(i))
    const [on] = tracked('boot_switch')
    const counted = locked(on?.instructions ?? []).join('\n')
    expect(counted).toMatch(/^lock xadd /m)
    expect(counted).toMatch(/^lock cmpxchg /m)
    expect(locked(plain('boot_switch_off_map_packed_kernel_counts'))).toEqual([])
    const [off] = tracked('boot_switch_off')
    // An empty function, and what fills up the room behind it.
    const code = off?.instructions.filter((i) => !/^(?:nop|xchg\s+%ax,%ax|endbr64)/.test(i))
    expect(code).toEqual(['ret'])
    for (const state of ['', '_off']) {
      expect(byAddress(`boot_switch${state}`)).toEqual(byAddress('off'))
      const indirect = `boot_switch_indirect${state}`
      expect(byAddress(indirect).length).toBeGreaterThan(byAddress('off').length)
      expect(tracked(indirect)).toEqual([])
    }
  })

  test('what counts as locked', () => {
    expect(locked(['xchg   %ax,%ax', 'mov %rax,(%rbx)', 'xadd %rax,(%rbx)'])).toEqual([])
    expect(locked(['lock xadd %rax,0x58(%rcx)'])).toHaveLength(1)
    expect(locked([withoutPadding('cs cs lock cmpxchg %rdx,(%rcx)')])).toHaveLength(1)
    expect(locked(['xchg   %eax,(%rdi)'])).toHaveLength(1)
  })
})
