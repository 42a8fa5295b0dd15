import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RowData, SourceOptions } from '../../src/sources/data.ts';
import { whatChanged } from '../../src/sources/fingerprint.ts';
import { openAgain, type Source } from '../../src/sources/source.ts';
import { spoolBeside } from '../../src/sources/spool.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { expectBlocks, left, resume, sweepAll } from '../helpers/sweeps.ts';

const path = temporaryDirectory();

const COLUMNS = 800;
const rows = Array.from({ length: 600 }, (_, n) =>
  Float64Array.from({ length: COLUMNS }, (_, j) => Math.sin(n * COLUMNS + j)),
);

/** An input that can be read once, and tells whether it was. */
function input(count = rows.length) {
  const state = { wasRead: false };
  async function* stream(): AsyncGenerator<Float64Array> {
    state.wasRead = true;
    yield* rows.slice(0, count);
  }
  return { state, data: stream() };
}

const options: SourceOptions = { name: 'the input', chunkBytes: 50 * COLUMNS * 8 };

const opener = (checkpoint: string, isResumed: boolean) => {
  const keep = spoolBeside(path(checkpoint), isResumed);
  return (data: RowData, more: SourceOptions = {}): Promise<Source> => openAgain(data, { ...options, ...more }, keep);
};

async function readAll(source: Source): Promise<number> {
  let sum = 0;
  for await (const { data } of source) for (const value of data) sum += value;
  return sum;
}

test('a complete one is read instead of the input, also from a place on', async () => {
  const training = await opener('a', false)(input().data);
  expect(await training.fingerprint()).toBeUndefined();
  await readAll(training);
  const { blocks, places, ...end } = await sweepAll({ training, close: async () => {} }, 1);
  const fingerprint = (await training.fingerprint())!;
  await training.close();
  expect(existsSync(path('a.spool-1'))).toBe(true);
  for (const at of places.filter((_, i) => i % 5 === 0)) {
    const { state, data } = input();
    const again = await opener('a', true)(data);
    expect(whatChanged(fingerprint, (await again.fingerprint())!)).toBeUndefined();
    expect(again.rowsPerBlock).toBe(training.rowsPerBlock);
    const found = await resume({ training: again, close: () => again.close() }, at);
    expectBlocks(found.blocks, left(blocks, at));
    expect(found.rows).toEqual(end.rows);
    expect(state.wasRead).toBe(false);
    if (at.blocks > 9) expect(found.passed.at(-1) ?? 0).toBeLessThan(500);
  }
});

test('bytes before a place are not read', async () => {
  const training = await opener('b', false)(input().data);
  await readAll(training);
  const { blocks, places } = await sweepAll({ training, close: () => training.close() }, 1);
  const bytes = readFileSync(path('b.spool-1'));
  writeFileSync(path('b.spool-1'), bytes.fill(0xff, 70_000, 1_000_000));
  await expect(readAll(await opener('b', true)(input().data))).rejects.toThrow('expected a finite number');
  const late = places.at(-3)!;
  const again = await opener('b', true)(input().data);
  expectBlocks((await resume({ training: again, close: () => again.close() }, late)).blocks, left(blocks, late));
});

test('an incomplete one is begun anew', async () => {
  const first = await opener('c', false)(input().data);
  for await (const _ of first) break;
  await first.close();
  const { state, data } = input();
  const again = await opener('c', true)(data);
  await readAll(again);
  expect(state.wasRead).toBe(true);
  await again.close();
  expect((await opener('c', true)(input().data)).rows).toBeUndefined();
});

test.each<[string, (file: string) => void]>([
  ['cut short', (file) => truncateSync(file, 2_000_000)],
  ['cut within its header', (file) => truncateSync(file, 30)],
  ['empty', (file) => writeFileSync(file, '')],
  ['with a damaged header', (file) => writeFileSync(file, readFileSync(file).fill(0, 60, 61))],
  ['of something else', (file) => writeFileSync(file, 'x'.repeat(100_000))],
])('one that is %s is begun anew', async (_, spoil) => {
  const first = await opener('d', false)(input().data);
  const sum = await readAll(first);
  await first.close();
  spoil(path('d.spool-1'));
  const { state, data } = input();
  const again = await opener('d', true)(data);
  expect(await readAll(again)).toBe(sum);
  expect(await readAll(again)).toBe(sum);
  await again.close();
  expect(state.wasRead).toBe(true);
});

test('of a fit that is not resumed, and of an input of another name, nothing is used', async () => {
  const first = await opener('e', false)(input().data);
  await readAll(first);
  await first.close();
  const other = input();
  await (await opener('e', true)(other.data, { name: 'another' })).close();
  expect(other.state.wasRead).toBe(true);
  const second = await opener('e', false)(input(5).data);
  expect(existsSync(path('e.spool-1'))).toBe(false);
  await second.close();
});

test('inputs have numbers in the order in which they are opened, and weights are kept with them', async () => {
  const open = opener('f', false);
  async function* weights(): AsyncGenerator<number[]> {
    for (const [n] of rows.entries()) yield [n % 3];
  }
  const training = await open(input().data, { weights: weights() });
  const heldOut = await open(input(20).data, { frontEnd: undefined });
  const { blocks, places } = await sweepAll({ training: training.countable(), heldOut, close: async () => {} }, 0);
  await Promise.all([training.close(), heldOut.close()]);
  expect(readdirSync(path('.')).filter((name) => name.startsWith('f.'))).toEqual([
    'f.spool-1',
    'f.spool-2',
    'f.spool-3',
  ]);
  const again = opener('f', true);
  const nothing = async function* (): AsyncGenerator<number[]> {};
  const kept = await again(nothing(), { weights: nothing() });
  const out = await again(nothing());
  const at = places.at(places.length >> 1)!;
  const found = await resume(
    { training: kept.countable(), heldOut: out, close: () => Promise.all([kept.close(), out.close()]) },
    at,
  );
  expectBlocks(found.blocks, left(blocks, at));
});

test('what cannot be kept is said', async () => {
  const source = await openAgain(input().data, options, spoolBeside(path('nowhere/g'), false));
  await expect(readAll(source)).rejects.toThrow(
    /nowhere\/g.spool-1 cannot be written: there is no such file or directory/,
  );
  await source.close();
});
