// Compressed matrices of Kaldi, a byte a number, as copy-feats --compress=true makes them.
import { DataError } from '../../errors.ts';
import type { RowRun } from './runs.ts';

/** As much as is held at a time, here and by those that read it. */
const MOST_BYTES = 2 ** 28;
/** Matrices of no more rows have two bytes a number. */
const FEW_ROWS = 8;
const MOST = 65535;

/**
 * A matrix whose numbers become bytes between quartiles of their column (CM), or where there are few rows two bytes between the least and the largest
 * (CM2). It is held whole. Source: Kaldi's matrix/compressed-matrix.cc, kAutomaticMethod.
 */
export class CompressedMatrix {
  readonly #key: string;
  readonly #columns: number;
  readonly #runs: Float32Array[] = [];
  #length = 0;

  constructor(key: string, columns: number) {
    this.#key = key;
    this.#columns = columns;
  }

  header(): Uint8Array {
    return new Uint8Array(0);
  }

  encode({ data }: RowRun): Uint8Array {
    this.#length += data.length;
    if (4 * this.#length > MOST_BYTES) {
      throw new DataError(
        'unwritable-rows',
        `${this.#key}: more than ${MOST_BYTES / 4} numbers, too many to be compressed at once: split it, or leave compress out`,
        { source: this.#key, setting: 'compress' },
      );
    }
    const odd = data.findIndex((value) => !Number.isFinite(Math.fround(value)));
    if (odd >= 0) {
      throw new DataError(
        'unwritable-rows',
        `${this.#key}: ${data[odd]} cannot be compressed, which takes finite float32: leave compress out`,
        { source: this.#key, setting: 'compress' },
      );
    }
    this.#runs.push(Float32Array.from(data));
    return new Uint8Array(0);
  }

  end(): Uint8Array {
    const data = new Float32Array(this.#length);
    let at = 0;
    for (const run of this.#runs) {
      data.set(run, at);
      at += run.length;
    }
    const columns = this.#columns;
    const rows = data.length / columns;
    const isSmall = rows <= FEW_ROWS;
    const least = data.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const largest = data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const range = Math.fround(largest > least ? largest - least : 1 + Math.abs(least));
    const mark = `\0B${isSmall ? 'CM2' : 'CM'} `;
    const header = Buffer.alloc(mark.length + 16);
    header.write(mark, 'latin1');
    header.writeFloatLE(least, mark.length);
    header.writeFloatLE(range, mark.length + 4);
    header.writeInt32LE(rows, mark.length + 8);
    header.writeInt32LE(columns, mark.length + 12);
    const step = (value: number): number =>
      Math.floor(Math.min(1, Math.max(0, (value - least) / range)) * MOST + 0.499);
    if (isSmall) {
      const words = Buffer.alloc(2 * data.length);
      for (const [i, value] of data.entries()) words.writeUInt16LE(step(value), 2 * i);
      return Buffer.concat([header, words]);
    }
    const levels = Buffer.alloc(8 * columns);
    const stored = Buffer.alloc(data.length);
    for (let j = 0; j < columns; j++) {
      const column = Float32Array.from({ length: rows }, (_, n) => data[n * columns + j]!);
      const steps = quartiles(column, step);
      for (const [i, value] of steps.entries()) levels.writeUInt16LE(value, 8 * j + 2 * i);
      const values = steps.map((value) => least + range * (value / MOST)) as Quartiles;
      for (let n = 0; n < rows; n++) stored[j * rows + n] = part(column[n]!, values);
    }
    return Buffer.concat([header, levels, stored]);
  }
}

type Quartiles = [least: number, lower: number, upper: number, largest: number];

/** Steps of the least and largest number and of the quartiles, each larger than the one before. */
function quartiles(column: Float32Array, step: (value: number) => number): Quartiles {
  const sorted = column.slice().sort();
  const quarter = Math.floor(sorted.length / 4);
  const least = Math.min(step(sorted[0]!), MOST - 3);
  const lower = Math.min(Math.max(step(sorted[quarter]!), least + 1), MOST - 2);
  const upper = Math.min(Math.max(step(sorted[3 * quarter]!), lower + 1), MOST - 1);
  return [least, lower, upper, Math.max(step(sorted.at(-1)!), upper + 1)];
}

/** 0 to 64 up to the lower quartile, to 192 up to the upper, to 255 above. */
function part(value: number, [least, lower, upper, largest]: Quartiles): number {
  const within = (from: number, to: number, first: number, count: number): number =>
    first + Math.min(count, Math.max(0, Math.floor(((value - from) / (to - from)) * count + 0.5)));
  if (value < lower) return within(least, lower, 0, 64);
  return value < upper ? within(lower, upper, 64, 128) : within(upper, largest, 192, 63);
}
