/** `export-selftest`: the tests of a kernel's swiotlb, as a folder for its tree. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { exportSelftest } from '../index.js'
import { selftestText } from '../report/text/selftest.js'
import { notes } from './options/help.js'
import type { Io } from './options/io.js'
import { shellWord } from './options/next-step.js'

const NOTES = `
Lays out, in the manner of the kernel's own tools/testing/, programs that compile kernel/dma/swiotlb.c,
unmodified, under sanitizers: tests in groups, a comparison with a second allocator, and the promises of
all trackers, in C alone. A compiler, make and a shell run them. In a kernel tree the folder is
tools/testing/swiotlb.

Its README says more, its file MADE which version made it. Made again, files are replaced one by one; what
is not listed there stays.`

/** Whether a folder lies where it finds the kernel by itself. */
const inTree = (folder: string): boolean =>
  existsSync(join(folder, '../../../kernel/dma/swiotlb.c'))

export function addExportSelftest(program: Command, io: Io): void {
  program
    .command('export-selftest')
    .description("tests of a kernel's swiotlb.c as a folder for its tree, without Node")
    .argument('<dir>', 'new or empty, or made by this command before')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', notes(NOTES))
    .action((folder: string, flags: { readonly json?: boolean }) => {
      const result = exportSelftest({ folder })
      if (flags.json) {
        io.printJson('export-selftest', result)
        return
      }
      const kernel = inTree(folder) ? '' : ' KERNEL=/path/to/linux'
      io.print(selftestText(result))
      io.print(`\nTo build and run it: make -C ${shellWord(folder)} run${kernel}`)
    })
}
