// Rows of numbers that follow one another in a file.
import { rowsPerChunk } from '../../chunk.ts';
import type { DataError } from '../../errors.ts';
import type { ByteReader } from '../bytes.ts';
import type { Batch } from '../table.ts';
import type { Numbers, NumberType } from './number-types.ts';

/** Rows of numbers as they follow one another in a file. */
export interface StoredRows {
  readonly numberType: NumberType;
  /** Whether their bytes are in the other order than this machine's. */
  readonly isSwapped: boolean;
  readonly rows: number;
  readonly dimensions: number;
  /** Error if there are only this many rows. */
  cutShort(found: number): DataError;
}

/** Rows of the whole chunks up to a row: where reading goes on, chunks are those that they were from the beginning. */
export function chunksBefore(row: number, dimensions: number): number {
  const length = rowsPerChunk(dimensions);
  return row - (row % length);
}

/** Reads `rows` rows, a chunk at a time; of live streams as soon as they arrive. */
export async function* readRows(reader: ByteReader, stored: StoredRows, isLive = false): AsyncGenerator<Batch> {
  const { rows, dimensions, numberType } = stored;
  const { bytes, make, decode } = numberType;
  const rowBytes = bytes * dimensions;
  const length = Math.min(rowsPerChunk(dimensions), rows) * dimensions;
  const room = decode && new Uint8Array(length * bytes);
  /** Memory that chunks were released of. */
  const free: Numbers[] = [];
  for (let done = 0; done < rows; ) {
    const arrived = isLive ? Math.max(1, Math.floor((await reader.arrived()) / rowBytes)) : rows;
    const count = Math.min(rowsPerChunk(dimensions), rows - done, arrived);
    const whole = isLive ? make(count * dimensions) : (free.pop() ?? make(length));
    const data = whole.subarray(0, count * dimensions);
    const raw = await reader.read(room ?? new Uint8Array(data.buffer), count * rowBytes);
    if (raw.length < count * rowBytes) throw stored.cutShort(done + Math.floor(raw.length / rowBytes));
    const release = isLive ? undefined : (): void => void free.push(whole);
    yield { data, allFinite: toNumbers(stored, raw, data), release };
    done += count;
  }
}

/** Turns bytes into numbers, which may be in the same place; says whether they are known to be finite. */
export function toNumbers(
  { numberType, isSwapped }: Pick<StoredRows, 'numberType' | 'isSwapped'>,
  raw: Uint8Array<ArrayBuffer>,
  out: Numbers,
): true | undefined {
  if (isSwapped) numberType.swap(raw);
  if (numberType.decode) return numberType.decode(raw, out) || undefined;
  if (raw.buffer !== out.buffer) new Uint8Array(out.buffer, out.byteOffset, raw.length).set(raw);
  return undefined;
}
