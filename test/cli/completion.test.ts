// Completion, as bash and zsh themselves do it with the script that is printed.

import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'
import { cli } from './process.js'

const scratch = scratchFolder()
let bash = ''
let zsh = ''

beforeAll(async () => {
  bash = scratch.file('completion.bash', (await cli(['completion', 'bash'])).stdout)
  zsh = scratch.file('completion.zsh', (await cli(['completion', 'zsh'])).stdout)
})

/** What bash offers for a line whose last word is being typed. */
function offered(...words: string[]): string[] {
  const script = `source "$0"; COMP_WORDS=(swiotlb-lab "$@"); COMP_CWORD=$#; _swiotlb_lab
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, bash, ...words], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line !== '')
}

describe('bash', () => {
  test('offers every command', async () => {
    const { stdout } = await cli(['--help'])
    const [, listed = ''] = /^Commands:\n([\s\S]*?)\n\n/m.exec(stdout) ?? []
    const commands = [...listed.matchAll(/^ {2}([a-z][-a-z]*)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help')
    expect(offered('')).toEqual(commands)
  })

  test.each<[words: string[], wanted: string[]]>([
    [['comp'], ['compare', 'completion']],
    [['compare', 'rev'], ['review-64mib']],
    [
      ['compare', '--no-'],
      ['--no-copy', '--no-timing'],
    ],
    [
      ['compare', '--slot-index', ''],
      ['run-counts', 'bitmap'],
    ],
    [
      ['replay', '--pace', ''],
      ['trace', 'none'],
    ],
    [['--quiet', 'param', '--kernel', '7'], ['7.3']],
    [
      ['completion', ''],
      ['bash', 'zsh'],
    ],
    // The last of a list with commas.
    [['compare', '--trackers', 'off,res'], ['off,reserve']],
    // Files, which bash offers by itself where nothing is said.
    [['replay', ''], []],
    [['compare', '--tracker', ''], []],
    [['size', '--meta', 'x'], []],
  ])('for %j', (words, wanted) => {
    expect(offered(...words)).toEqual(wanted)
  })

  test('falls back to files', () => {
    const { stdout } = spawnSync('bash', ['--norc', '-c', 'source "$0"; complete -p', bash], {
      encoding: 'utf8',
    })
    expect(stdout).toBe('complete -o default -F _swiotlb_lab swiotlb-lab\n')
  })
})

test('zsh completes as somebody types', () => {
  const typing = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'unset zle_bracketed_paste; PS1=; stty -echo; source '$1'; echo ready'
for ((i = 0; i < 100; i++)); do
	zpty -r -t z more && out+=$more
	[[ $out == *ready$'\\r'* ]] && break
	sleep 0.1
done
zpty -n -w z $'swiotlb-lab compare --slot-index ru\\t'
for ((i = 0; i < 100; i++)); do
	zpty -r -t z more && out+=$more
	[[ $out == *run-counts* ]] && break
	sleep 0.1
done
print -r -- "$out"
zpty -d z
`
  const { stdout, stderr, error } = spawnSync('zsh', ['-f', '-c', typing, 'zsh', zsh], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect({ stderr, error }).toEqual({ stderr: '', error: undefined })
  expect(stdout).toContain('--slot-index run-counts')
}, 90_000)

test('another shell is refused', async () => {
  const { code, stderr } = await cli(['completion', 'fihs'])
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/^swiotlb-lab: shell: unknown "fihs".*bash, zsh/),
  })
})
