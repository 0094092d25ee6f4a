/** What may be in flight at most, before there is a trace: queues, their depth, and the slots of a request. */
import { InputError } from '../data/errors.js'
import { bytesWithUnit, formatBytes, SEGMENT_SLOTS, SLOT_BYTES } from '../data/units.js'

/** A device, or a part of one, whose requests are alike. */
export interface InFlight {
  readonly name: string
  readonly queues: number
  /** Requests that one queue holds at most. */
  readonly depth: number
  /** Of one request. */
  readonly bytes: number
  readonly slotsEach: number
  /** If every queue is full. */
  readonly slots: number
}

const DEVICE = /^([\w.:-]+)=(\d{1,6})x(\d{1,6})x(\d[^x]*)$/

function readDevice(text: string): InFlight {
  const [, name = '', queues, depth, size = ''] = DEVICE.exec(text) ?? []
  const bytes = bytesWithUnit(size)
  if (bytes === undefined || bytes < 1 || Number(queues) < 1 || Number(depth) < 1) {
    throw new InputError(
      `--in-flight: expected NAME=QUEUESxDEPTHxSIZE, as nvme=8x128x64KiB, not "${text}"`,
    )
  }
  const slotsEach = Math.ceil(bytes / SLOT_BYTES)
  if (slotsEach > SEGMENT_SLOTS) {
    throw new InputError(
      `--in-flight: ${name}: ${size} is more than one mapping can be, which is ${formatBytes(SEGMENT_SLOTS * SLOT_BYTES)}; ` +
        'expected the size of the pieces that the driver maps',
    )
  }
  const all = Number(queues) * Number(depth) * slotsEach
  return { name, queues: Number(queues), depth: Number(depth), bytes, slotsEach, slots: all }
}

/**
 * Reads `nvme=8x128x64KiB,nic=8x1024x2KiB`: of each device its queues, their depth, and the size of a request.
 *
 * @throws InputError
 */
export const readInFlight = (text: string): InFlight[] => text.split(',').map(readDevice)

/** If all queues of all devices are full. */
export const slotsInFlight = (devices: readonly InFlight[]): number =>
  devices.reduce((sum, { slots }) => sum + slots, 0)
