import { expect, test } from 'vitest';
import { type Chunk, NO_PART } from '../../src/chunk.ts';
import { Cutter, pickRows } from '../../src/util/blocks.ts';
import { fc } from '../setup/properties.ts';

const DIMENSIONS = 2;

/** Rows n, n + 1, … of a part, floats or doubles, with weights or without. */
function chunkOf(first: number, rows: number, part: number, isSingle: boolean, isWeighted: boolean): Chunk {
  const numbers = Array.from({ length: rows * DIMENSIONS }, (_, i) => first + Math.floor(i / DIMENSIONS));
  return {
    data: isSingle ? Float32Array.from(numbers) : Float64Array.from(numbers),
    weights: isWeighted ? Float64Array.from({ length: rows }, (_, n) => 1 / (first + n + 1)) : undefined,
    rows,
    dimensions: DIMENSIONS,
    part: { ...NO_PART, index: part },
  };
}

const pieces = fc.array(
  fc.record({ rows: fc.integer({ min: 1, max: 40 }), isSingle: fc.boolean(), isNext: fc.boolean() }),
  { minLength: 1, maxLength: 30 },
);

/** Blocks as plain data; each is given back at once. */
function taken(blocks: Iterable<Chunk>): unknown[] {
  const all = [];
  for (const { data, weights, rows, part, release } of blocks) {
    all.push([rows, part.index, Array.from(data), Array.from(weights ?? new Float64Array(rows).fill(1))]);
    release?.();
  }
  return all;
}

test('marked rows are cut as they would be if they had come alone, whatever came before', () => {
  fc.assert(
    fc.property(
      pieces,
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      fc.nat(60),
      (all, capacity, isWeighted, given) => {
        const chunks: Chunk[] = [];
        let row = 0;
        let part = 0;
        for (const { rows, isSingle, isNext } of all) {
          if (isNext && row > 0) part++;
          chunks.push(chunkOf(row, rows, part, isSingle, isWeighted && rows % 3 > 0));
          row += rows;
        }
        const marks = chunks.map(({ rows }, i) =>
          Uint8Array.from({ length: rows }, (_, n) => Number((n * 7 + i) % 5 > 1)),
        );
        for (const wanted of [0, 1]) {
          const marked = new Cutter(capacity, undefined, given);
          const alone = new Cutter(capacity, undefined, given);
          const [found, expected]: [unknown[], unknown[]] = [[], []];
          for (const [i, chunk] of chunks.entries()) {
            found.push(...taken(marked.add(chunk, marks[i]!, wanted)));
            expected.push(...taken(alone.add(pickRows(chunk, marks[i]!, wanted))));
            expect(marked.place.rows).toBe(alone.place.rows);
            expect(marked.passed).toBe(alone.passed);
          }
          found.push(...taken(marked.end()));
          expected.push(...taken(alone.end()));
          expect(found).toEqual(expected);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('rows are picked with their weights', () => {
  const picked = pickRows(chunkOf(0, 6, 0, true, true), Uint8Array.of(0, 1, 1, 0, 0, 1));
  expect([...picked.data]).toEqual([1, 1, 2, 2, 5, 5]);
  expect([...picked.weights!]).toEqual([1 / 2, 1 / 3, 1 / 6]);
  expect(picked.rows).toBe(3);
});
