import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import type { RowData } from '../../src/sources/data.ts';
import { partition } from '../../src/sources/partition.ts';
import { openAgain } from '../../src/sources/source.ts';
import { chooses } from '../../src/util/random.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { expectBlocks, left, type Opened, resume, sweepAll } from '../helpers/sweeps.ts';
import { fc, runs } from '../setup/properties.ts';

const path = temporaryDirectory();

interface Problem {
  readonly kind: 'files' | 'own' | 'stream';
  /** Rows of each file, or of each piece of a stream. */
  readonly counts: number[];
  readonly columns: number;
  readonly rowsPerBlock: number;
  readonly heldOut: 'none' | 'separate' | number;
  readonly weights: 'none' | 'array' | 'chunks';
  readonly onInvalid: 'error' | 'skip' | 'missing';
  readonly ahead: number;
  readonly within: number;
  readonly places: number[];
}

const problems = fc.record<Problem>({
  kind: fc.constantFrom('files', 'own', 'stream'),
  counts: fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 5 }),
  columns: fc.integer({ min: 2, max: 4 }),
  rowsPerBlock: fc.integer({ min: 1, max: 12 }),
  heldOut: fc.oneof(fc.constantFrom('none' as const, 'separate' as const), fc.constantFrom(0.02, 0.3, 0.9)),
  weights: fc.constantFrom('none', 'array', 'chunks'),
  onInvalid: fc.constantFrom('error', 'skip', 'missing'),
  ahead: fc.integer({ min: 0, max: 12 }),
  within: fc.double({ min: 0, max: 1, noNaN: true }),
  places: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
});

/** Rows 0 and 1 can always be used, so that neither side is empty. */
function piecesOf({ counts, columns, onInvalid, weights }: Problem) {
  let row = 0;
  return [2, ...counts].map((rows) => {
    const data = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(row * columns + i) * 100);
    for (let n = 0; n < rows; n++) {
      if (onInvalid !== 'error' && row + n > 1 && chooses(0.3, 3, row + n)) data[n * columns] = Number.NaN;
    }
    const isWeighted = weights === 'chunks' && rows % 3 !== 0;
    const own = isWeighted ? Float64Array.from({ length: rows }, (_, n) => weightOf(row + n)) : undefined;
    row += rows;
    return { data, dimensions: columns, rows, weights: own };
  });
}

const weightOf = (row: number): number => (row < 2 ? 1 : row % 3);

async function* once<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function open(problem: Problem): Promise<Opened> {
  const { kind, columns, rowsPerBlock, heldOut, onInvalid } = problem;
  const pieces = piecesOf(problem);
  const openers: Record<Problem['kind'], () => RowData> = {
    files: () =>
      pieces.map(({ data, rows }, i) => {
        writeFileSync(path(`${i}.npy`), npyBytes({ shape: `(${rows}, ${columns})` }, data));
        return path(`${i}.npy`);
      }),
    own: () => ({ dimensions: columns, [Symbol.asyncIterator]: () => once(pieces) }),
    stream: () => once(pieces),
  };
  const total = pieces.reduce((sum, { rows }) => sum + rows, 0);
  const weights =
    problem.weights === 'array' ? Float64Array.from({ length: total }, (_, row) => weightOf(row)) : undefined;
  const options = { onInvalid, chunkBytes: rowsPerBlock * columns * 8 };
  const source = await openAgain(openers[kind](), { ...options, weights });
  const training = source.countable();
  if (heldOut === 'none') return { training, close: () => source.close() };
  if (heldOut === 'separate') {
    const other = await openAgain({ data: pieces[1]!.data.map((value) => value || 0), dimensions: columns }, options);
    return { training, heldOut: other, close: () => Promise.all([source.close(), other.close()]) };
  }
  const [kept, out] = partition(training, (row) => row === 1 || (row > 1 && chooses(heldOut, 7, row)));
  return { training: kept, heldOut: out, close: () => source.close() };
}

test('whatever the parts, weights and held-out rows, what is left after any place is the same', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async (problem) => {
      if (problem.kind === 'files' && problem.weights === 'chunks') return;
      if (problem.weights === 'array' && problem.kind !== 'files') return;
      const within = ({ rows }: { rows: number }): number => Math.floor(problem.within * (rows - 1));
      const { blocks, places } = await sweepAll(await open(problem), problem.ahead, within);
      for (const fraction of problem.places) {
        const at = places[Math.floor(fraction * (places.length - 1))]!;
        expectBlocks((await resume(await open(problem), at)).blocks, left(blocks, at));
      }
    }),
    runs(100),
  );
});
