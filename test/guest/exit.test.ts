// `boot` on the command line with stand-ins for make, the compiler and the emulator: what each way to fail
// prints, and what it ends with.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, jest, test } from '@jest/globals'
import { openKernel } from '../../lib/kernel/source.js'
import { cli, type Ended, type Handling } from '../cli/process.js'
import { TIMEOUT_MS, withKernel } from '../kernel/real.js'
import { scratchFolder } from '../scratch.js'

jest.setTimeout(TIMEOUT_MS)

const { folder: scratch } = scratchFolder()

/** Takes what it is to configure, and fails where the tracker says FAULT. */
const MAKE = `
for word; do
	case $word in
	O=*) out=\${word#O=} ;;
	KCONFIG_ALLCONFIG=*) config=\${word#*=} ;;
	esac
done
if [ -n "\${config:-}" ]; then
	while read -r line; do echo "$line"; done <"$config" >"$out/.config"
	exit
fi
while read -r line; do
	case $line in
	*FAULT*)
		echo "../linux/kernel/dma/swiotlb_tracker.h:3:1: error: unknown word" >&2
		exit 2
		;;
	esac
done <"$2/kernel/dma/swiotlb_tracker.h"
exit 0`

const KEPT = `LAB before nslabs=512 used=0 hiwater=1 true_used=0 true_hiwater=1
LAB promise under=0 over=0 until=0 reads=0 unmarked=0
LAB readers started=1 failed=0
LAB after nslabs=512 used=0 hiwater=9 true_used=0 true_hiwater=9
LAB probes mappings=12 mapped=9 unmappings=9 missed=0 overrun=0 left=0
LAB truth least=9 most=9
LAB alarms found=0 read=99
LAB done seconds=1`
const says = (text: string): string => `echo '${text}'`

/** Programs that stand in for those of the machine, and nothing else to be found. */
function programs(emulator: string): string {
  const folder = mkdtempSync(join(scratch, 'bin-'))
  const all = {
    make: MAKE,
    sh: 'exec /bin/sh "$@"',
    gcc: 'echo /lib/libc.a',
    flex: '',
    bison: '',
    bc: '',
    'qemu-system-x86_64': emulator,
  }
  for (const [name, text] of Object.entries(all)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

withKernel('a boot ends', (source) => {
  let tree = ''
  const good = join(scratch, 'good.h')
  const bad = join(scratch, 'bad.h')

  async function booted(
    emulator: string,
    trackers: readonly string[],
    handling: Handling = {},
  ): Promise<Ended> {
    const work = mkdtempSync(join(scratch, 'work-'))
    const packs = join(work, 'static/usr/gen_init_cpio')
    mkdirSync(dirname(packs), { recursive: true })
    writeFileSync(packs, '#!/bin/sh\necho packed\n', { mode: 0o755 })
    const args = ['boot', '--kernel-source', tree, '--work', work, '--seconds', '1']
    return await cli([...args, '--tracker', trackers.join(',')], {
      env: { PATH: programs(emulator) },
      ...handling,
    })
  }

  beforeAll(async () => {
    tree = (await openKernel(source, mkdtempSync(join(scratch, 'tree-')))).folder
    for (const path of ['scripts/kconfig', 'init', 'drivers/nvme']) {
      mkdirSync(join(tree, path), { recursive: true })
    }
    for (const path of ['Makefile', 'Kconfig']) writeFileSync(join(tree, path), '')
    writeFileSync(good, '#include "trackers/tracker.h"\n')
    writeFileSync(bad, '#include "trackers/tracker.h"\n\nFAULT\n')
  }, TIMEOUT_MS)

  test('with 0 where the promise was kept, and with maps that found no room in words', async () => {
    const { code, stdout, stderr } = await booted(says(KEPT), [good])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^good\.h +exact +9 +9\.\.9 +9 +0 +kept +0/m)
    expect(stdout).toMatch(/^good\.h: 3 of 12 maps found no room\.$/m)
  })

  test('with 1 where it was broken, or the kernel complained', async () => {
    const under = await booted(says(KEPT.replace('hiwater=9 true_used', 'hiwater=8 true_used')), [
      good,
    ])
    expect(under).toMatchObject({ code: 1, stdout: expect.stringContaining('BROKEN') })
    const alarm = 'LAB alarm WARNING: inconsistent lock state\nLAB alarms found=1'
    const loud = await booted(says(KEPT.replace('LAB alarms found=0', alarm)), [good])
    expect(loud.code).toBe(1)
    expect(loud.stdout).toMatch(/^good\.h: WARNING: inconsistent lock state$/m)
  })

  test("with 2 and the compiler's line where no tracker was built", async () => {
    const { code, stdout, stderr } = await booted(says(KEPT), [bad])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.replace(/\s+/g, ' ')).toBe(
      `swiotlb-lab: the kernel is not built: ${bad}:3:1: error: unknown word `,
    )
  })

  test('with 1 and the rows of the others where one was', async () => {
    const { code, stdout } = await booted(says(KEPT), [bad, good])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^bad\.h .*VOID/m)
    expect(stdout).toMatch(/^good\.h .*kept/m)
    expect(stdout).toContain(`${bad}:3:1: error: unknown word`)
  })

  test.each([
    ['panics', says('[ 1.0] Kernel panic - not syncing: x'), 'the kernel panicked'],
    ['prints nothing', 'exit 0', 'it printed nothing'],
    ['is no machine', 'echo "no such machine" >&2; exit 1', 'no such machine'],
  ])('with 2 where the guest %s', async (_, emulator, words) => {
    const { code, stdout, stderr } = await booted(emulator, [good])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^swiotlb-lab: the boot failed: /)
    expect(stderr).toContain(words)
  })

  test('with 130 where it was interrupted, and nothing goes on', async () => {
    const file = join(scratch, 'pid')
    const emulator = `echo $$ >${file}; while :; do :; done`
    const { code } = await booted(emulator, [good], { interruptAfter: 15_000 })
    expect(code).toBe(130)
    expect(() => process.kill(Number(readFileSync(file, 'utf8')), 0)).toThrow('ESRCH')
  })
})
