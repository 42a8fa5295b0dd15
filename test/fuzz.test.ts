import { afterAll, describe, expect, test } from 'vitest';
import { bombsOf } from './fuzz/bombs.mjs';
import { fixtures } from './fuzz/cases.mjs';
import { Fuzz, formats } from './fuzz/run.mjs';
import { adopt } from './setup/watchdog.ts';

const SEED = 1;
/** Damaged files of each format, besides its fixtures as they are and its bombs. */
const CASES = 75;
/** HDF5 is slow to damage: a thread is not used again after its library has failed there. */
const HDF5_CASES = 25;
const HDF5: ReadonlySet<string> = new Set(['h5', 'model']);
/** What a machine that does other work besides may be too slow for is judged by `npm run fuzz`. */
const TIMED: ReadonlySet<string> = new Set(['slow', 'signal']);

describe('damaged files give right rows, or an error of one line', () => {
  const fuzz = new Fuzz({ onStart: (child) => adopt(child, true) });
  afterAll(() => fuzz.close());

  test.for(formats)('%s', async (format, { signal }) => {
    const end = (fixtures.get(format) ?? []).length + bombsOf(format).length + (HDF5.has(format) ? HDF5_CASES : CASES);
    const { rows, faults } = await fuzz.run({ formats: [format], seed: SEED, first: 0, end, signal });
    const said = faults
      .filter(({ kind }) => !TIMED.has(kind))
      .map(({ kind, detail, number, how }) => `${kind}: ${detail.slice(0, 200)} (case ${number}, ${how})`);
    expect(said, `npm run fuzz -- --format ${format} --seed ${SEED} --case N`).toEqual([]);
    expect(rows.get(format)).toMatchObject({ cases: end });
  });
});
