/** A folder that one process at a time may use. */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { InputError } from '../data/errors.js'

/**
 * A socket without a file: one process on the machine can have the name, and it goes with the process,
 * however that ends.
 */
const nameOf = (folder: string): string =>
  `\0swiotlb-lab-${createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32)}`

function listenAs(name: string): Promise<Server | undefined> {
  const server = createServer()
  server.unref()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(name, () => resolve(server))
  })
}

/**
 * Uses a folder, which must be there, while no other process on this machine does.
 *
 * @param option that named it
 * @throws InputError where another one does
 */
export async function alone<T>(option: string, folder: string, use: () => Promise<T>): Promise<T> {
  const server = await listenAs(nameOf(folder))
  if (server === undefined) {
    throw new InputError(
      `${option}: ${folder} is in use by another process; expected its end, or another folder`,
    )
  }
  try {
    return await use()
  } finally {
    server.close()
  }
}
