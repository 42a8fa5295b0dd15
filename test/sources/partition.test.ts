import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { partition, randomHoldOut } from '../../src/sources/partition.ts';
import { openData } from '../../src/sources/source.ts';
import { collect } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

const path = temporaryDirectory();

const rows = Array.from({ length: 10_000 }, (_, n) => [n, n / 2]);

test('every row is in one of the two parts, in order', async () => {
  const [training, heldOut] = partition(await openData(rows), randomHoldOut(0.3, 5));
  const [kept, held] = [await readRows(training), await readRows(heldOut)];
  expect([...kept, ...held].sort((a, b) => a[0]! - b[0]!)).toEqual(rows);
  expect(kept).toEqual([...kept].sort((a, b) => a[0]! - b[0]!));
  expect(held.length / rows.length).toBeCloseTo(0.3, 1);
});

test('which rows are held out depends on seed and row number only', async () => {
  const held = async (seed: number, chunkBytes: number): Promise<number[][]> =>
    readRows(partition(await openData(rows, { chunkBytes }), randomHoldOut(0.1, seed))[1]);
  expect(await held(1, 160)).toEqual(await held(1, 1 << 20));
  expect(await held(2, 1 << 20)).not.toEqual(await held(1, 1 << 20));
});

test('weights go with their rows, and rows with a predicate', async () => {
  const source = await openData({
    data: Float64Array.of(1, 2, 3, 4),
    dimensions: 1,
    weights: Float64Array.of(10, 20, 30, 40),
  });
  const [training, heldOut] = partition(source, (row) => row % 2 === 1);
  for await (const { data, weights } of training)
    expect([[...data], [...weights!]]).toEqual([
      [1, 3],
      [10, 30],
    ]);
  for await (const { data, weights } of heldOut)
    expect([[...data], [...weights!]]).toEqual([
      [2, 4],
      [20, 40],
    ]);
});

test('parts stay apart, and rows are known after a pass', async () => {
  const file = path('part.csv');
  writeFileSync(file, '1\n2\n3\n');
  const [training, heldOut] = partition(await openData([file, file]), (row) => row % 3 === 0);
  expect(training.rows).toBeUndefined();
  expect((await collect(training)).map(({ part, data }) => [part.index, ...data])).toEqual([
    [0, 2, 3],
    [1, 2, 3],
  ]);
  expect((await collect(heldOut)).map(({ part, data }) => [part.index, ...data])).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect([training.rows, heldOut.rows]).toEqual([4, 2]);
});

test('nothing held out is an error that says so', async () => {
  const [, heldOut] = partition(await openData(rows), () => false);
  await expect(readRows(heldOut)).rejects.toThrow('the held-out rows of the data is empty');
});
