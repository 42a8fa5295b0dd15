// HTK parameter files, and their checksums.
import { DataError } from '../../errors.ts';
import { type NumberType, numberTypes } from '../binary/number-types.ts';
import { chunksBefore, readRows } from '../binary/stored-rows.ts';
import { ByteReader } from '../bytes.ts';
import type { Batch, Opener, Table } from '../table.ts';
import { HEADER_BYTES, type Header, parseHeader, swapped } from './htk-header.ts';

const CHECKSUM_BYTES = 2;
const IREFC_SCALE = 32767;

/**
 * HTK's files of parameters, big-endian: float32, or compressed (_C); a checksum (_K) is verified. The file is one utterance.
 * Source: The HTK Book (for version 3.4), section 5.10.1; of the checksum, which it does not describe, HTK's HParm.c (UpdateCRCC).
 */
export const htk: Opener = {
  async open({ name, path, bytes, lentBytes = bytes }, { isLive }, from): Promise<Table> {
    const reader = new ByteReader(lentBytes());
    try {
      const header = await readHeader(reader, name);
      const { rows, dimensions, hasChecksum } = header;
      const isSeekable = path !== undefined && !hasChecksum;
      const begins = isSeekable ? chunksBefore(Math.min(from?.row ?? 0, rows), dimensions) : 0;
      const rest = begins > 0 ? new ByteReader(lentBytes(startOfRow(header, begins))) : reader;
      const batches = readSamples({ reader, rest, begins }, name, header, isLive);
      const close = async (): Promise<void> => void (await Promise.all([reader.close(), rest.close()]));
      return { dimensions, rows, begins, batches, close };
    } catch (error) {
      await reader.close();
      throw error;
    }
  },
};

async function readHeader(reader: ByteReader, name: string): Promise<Header> {
  const bytes = await reader.read(new Uint8Array(HEADER_BYTES));
  if (bytes.length === 0) throw new DataError('empty', `${name} is empty: expected an HTK file`, { source: name });
  if (bytes.length < HEADER_BYTES)
    throw new DataError('truncated', `${name} ends within its header: the file was cut short`, { source: name });
  return parseHeader(bytes, name);
}

/** The bytes before a row of a file without a checksum. */
const startOfRow = ({ isScaled, dimensions, sampleBytes }: Header, row: number): number =>
  HEADER_BYTES + (isScaled ? 8 * dimensions : 0) + row * sampleBytes;

/** The beginning of a file, and its rows from one on; the same reader if that is the first. */
interface Readers {
  readonly reader: ByteReader;
  readonly rest: ByteReader;
  readonly begins: number;
}

async function* readSamples(
  { reader, rest, begins }: Readers,
  name: string,
  { samples, sampleBytes, rows, dimensions, isShort, isScaled, hasChecksum, mayBeSwapped }: Header,
  isLive: boolean | undefined,
): AsyncGenerator<Batch> {
  const wrong = (found: number): DataError =>
    mayBeSwapped
      ? swapped(name)
      : new DataError(
          'truncated',
          `${name}: its header claims ${samples} samples of ${sampleBytes} bytes, but there are ${found}: ` +
            `${found < samples ? 'the file was cut short, ' : ''}write it again`,
          { source: name },
        );
  const scaleBytes = isScaled ? 4 * dimensions : 0;
  const scales = await reader.read(new Uint8Array(2 * scaleBytes));
  if (scales.length < 2 * scaleBytes) throw wrong(Math.floor(scales.length / sampleBytes));
  const before = samples - rows;
  const plain = isShort ? scaled(scales, dimensions) : numberTypes.f4!;
  const checksum = new Checksum();
  checksum.add(scales);
  const numberType = hasChecksum ? checksum.over(plain) : plain;
  const cutShort = (found: number): DataError => wrong(before + begins + found);
  const stored = { numberType, isSwapped: true, rows: rows - begins, dimensions, cutShort };
  yield* readRows(rest, stored, isLive);
  if (hasChecksum) await checksum.check(reader, name);
  let left = 0;
  for (let room = new Uint8Array(1 << 16), read = room; read.length > 0; left += read.length)
    read = await rest.read(room);
  if (left > 0) throw wrong(samples + left / sampleBytes);
}

/** Big-endian words of two bytes, as digits of a number to base 65536, of which the rest to a modulus is kept. */
class Checksum {
  #rest = 0;

  add(bytes: Uint8Array): void {
    let rest = this.#rest;
    for (let i = 0; i < bytes.length; i += 2) {
      rest = (rest * 65536 + (bytes[i]! << 8) + bytes[i + 1]!) % 36897;
    }
    this.#rest = rest;
  }

  /** The same numbers, which are added as they are read. */
  over(numberType: NumberType): NumberType {
    const swap = (raw: Uint8Array<ArrayBuffer>): void => {
      this.add(raw);
      numberType.swap(raw);
    };
    return { ...numberType, swap };
  }

  async check(reader: ByteReader, name: string): Promise<void> {
    const stored = await reader.read(new Uint8Array(CHECKSUM_BYTES));
    if (stored.length < CHECKSUM_BYTES) {
      throw new DataError(
        'truncated',
        `${name}: it ends before its checksum (_K): the file was cut short, write it again`,
        { source: name },
      );
    }
    const said = (stored[0]! << 8) + stored[1]!;
    if (said === this.#rest) return;
    throw new DataError(
      'damaged',
      `${name}: its checksum (_K) is ${said}, but that of its numbers ${this.#rest}: the file is damaged, write it again`,
      { source: name },
    );
  }
}

/** Whole numbers of two bytes: x = (X + B) / A, with A and B of each column. */
function scaled(scales: Uint8Array<ArrayBuffer>, dimensions: number): NumberType {
  const { bytes, swap } = numberTypes.i2!;
  const view = new DataView(scales.buffer);
  const [scale, offset] = [new Float64Array(dimensions).fill(IREFC_SCALE), new Float64Array(dimensions)];
  if (scales.length > 0) {
    for (let j = 0; j < dimensions; j++) {
      scale[j] = view.getFloat32(4 * j);
      offset[j] = view.getFloat32(4 * (dimensions + j));
    }
  }
  return {
    bytes,
    swap,
    make: (length) => new Float32Array(length),
    decode(raw, out) {
      const values = new Int16Array(raw.buffer, raw.byteOffset, out.length);
      for (let i = 0, j = 0; i < out.length; i++, j = j + 1 === dimensions ? 0 : j + 1) {
        out[i] = (values[i]! + offset[j]!) / scale[j]!;
      }
      return false;
    },
  };
}
