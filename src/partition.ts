import type { Chunk } from './chunk.ts';
import { chooses } from './random.ts';
import { Source } from './source.ts';
import type { Batch, Part } from './sources/table.ts';

/** Says of each row, by its number from 0 in the whole stream, whether it is held out. */
export type IsHeldOut = (row: number) => boolean;

/** Two sources that read the same rows: those to train with, and those held out. */
export function partition(source: Source, isHeldOut: IsHeldOut): [training: Source, heldOut: Source] {
  return [
    select(source, `the training rows of ${source.name}`, (row) => !isHeldOut(row)),
    select(source, `the held-out rows of ${source.name}`, isHeldOut),
  ];
}

/** Holds out about this share of the rows, by a hash of (seed, row). */
export function randomly(fraction: number, seed = 0): IsHeldOut {
  return (row) => chooses(fraction, seed, row);
}

function select(source: Source, name: string, wanted: IsHeldOut): Source {
  const { dimensions } = source;
  async function* batches(): AsyncGenerator<Batch> {
    let row = 0;
    for await (const chunk of source) {
      yield pick(chunk, (n) => wanted(row + n));
      row += chunk.rows;
    }
  }
  const part: Part = {
    name,
    dimensions,
    open: async () => ({ dimensions, batches: batches(), close: async () => {} }),
    close: () => source.close(),
  };
  return new Source([part]);
}

function pick({ data, weights, rows, dimensions }: Chunk, wanted: IsHeldOut): Batch {
  const picked: number[] = [];
  for (let n = 0; n < rows; n++) if (wanted(n)) picked.push(n);
  const out = new (data.constructor as Float64ArrayConstructor)(picked.length * dimensions);
  for (const [i, n] of picked.entries()) out.set(data.subarray(n * dimensions, (n + 1) * dimensions), i * dimensions);
  return { data: out, weights: weights && Float64Array.from(picked, (n) => weights[n]!) };
}
