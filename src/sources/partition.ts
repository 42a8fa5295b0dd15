// Holds rows out, and reads both sides at once.
import type { Chunk } from '../chunk.ts';
import { SettingError } from '../errors.ts';
import { Cutter, pickRows } from '../util/blocks.ts';
import { checkValue, whole } from '../util/options.ts';
import { chooses } from '../util/random.ts';
import { shown } from '../util/shown.ts';
import { hintFor } from './rows.ts';
import { type RowPartition, Source } from './source.ts';

/** Says of each row, by its number from 0 in the whole stream, whether it is held out. */
export type IsHeldOut = (row: number) => boolean;

/** A block of the training rows, or of those held out. */
export type SweptChunk = Chunk & { readonly isHeldOut: boolean };

/** Two sources that read the same rows: those to train with, and those held out. A fit of both reads the data once a pass. */
export function partition(source: Source, isHeldOut: IsHeldOut): [training: Source, heldOut: Source] {
  if (!(source instanceof Source)) {
    throw new SettingError(
      'bad-setting',
      `source: received ${shown(source)}, expected what openData gives${hintFor(source)}`,
      { setting: 'source' },
    );
  }
  if (typeof isHeldOut !== 'function') {
    throw new SettingError(
      'bad-setting',
      `isHeldOut: received ${shown(isHeldOut)}, expected a function, such as randomHoldOut(0.1)`,
      { setting: 'isHeldOut' },
    );
  }
  const isOut = (row: number): boolean => {
    const answer: unknown = isHeldOut(row);
    if (typeof answer === 'boolean') return answer;
    throw new SettingError(
      'bad-setting',
      `isHeldOut: received ${shown(answer)} for row ${row}, expected true or false`,
      { setting: 'isHeldOut' },
    );
  };
  const of = { whole: source, isHeldOut: isOut };
  return [
    source.select(`the training rows of ${source.name}`, (row) => !isOut(row), { of, isHeldOut: false }),
    source.select(`the held-out rows of ${source.name}`, isOut, { of, isHeldOut: true }),
  ];
}

/** Holds out about this share of the rows, by a hash of (seed, row). */
export function randomHoldOut(fraction: number, seed = 0): IsHeldOut {
  checkValue('fraction', fraction ?? null, {
    expected: 'a number from 0 to 1',
    holds: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  });
  checkValue('seed', seed, whole(0));
  return (row) => chooses(fraction, seed, row);
}

/** The blocks of the training rows and of those held out, as two sources give them, in one reading where they are a partition. */
export async function* sweep(training: Source, heldOut: Source | undefined): AsyncGenerator<SweptChunk> {
  const { side } = training;
  if (heldOut && side && side.of === heldOut.side?.of && !side.isHeldOut && heldOut.side.isHeldOut) {
    yield* together(training, heldOut, side.of);
    return;
  }
  for await (const chunk of training) yield { ...chunk, isHeldOut: false };
  if (heldOut) for await (const chunk of heldOut) yield { ...chunk, isHeldOut: true };
}

async function* together(
  training: Source,
  heldOut: Source,
  { whole, isHeldOut }: RowPartition,
): AsyncGenerator<SweptChunk> {
  const sides = [
    { source: training, isHeldOut: false, cutter: new Cutter(training.rowsPerBlock), rows: 0 },
    { source: heldOut, isHeldOut: true, cutter: new Cutter(heldOut.rowsPerBlock), rows: 0 },
  ];
  let before = 0;
  for await (const chunk of whole.arriving()) {
    const isOut = Array.from({ length: chunk.rows }, (_, n) => isHeldOut(before + n));
    const picks = sides.map(({ isHeldOut }) => pickRows(chunk, (n) => isOut[n] === isHeldOut));
    chunk.release?.();
    for (const [i, side] of sides.entries()) {
      const picked = picks[i]!;
      side.rows += picked.rows;
      for (const block of side.cutter.add(picked)) yield { ...block, isHeldOut: side.isHeldOut };
    }
    before += chunk.rows;
  }
  for (const { source, isHeldOut: out, cutter, rows } of sides) {
    source.counted(rows);
    for (const block of cutter.end()) yield { ...block, isHeldOut: out };
  }
}
