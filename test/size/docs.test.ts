// docs/size.md shows what the command prints.

import { expect, test } from '@jest/globals'
import { cli } from '../cli/process.js'
import { read } from '../house/documents.js'

test('docs/size.md: the output is that of the command above it', async () => {
  const [, typed = '', shown] =
    /```sh\nswiotlb-lab (.*?)\n```\n\n```text\n(.*?)\n```/s.exec(read('docs/size.md')) ?? []
  const { code, stdout } = await cli(typed.split(' '))
  expect(code).toBe(0)
  expect(shown).toBe(stdout.trimEnd().replace('node dist/cli/main.js', 'swiotlb-lab'))
}, 60_000)
