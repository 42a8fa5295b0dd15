import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import h5wasm, { File } from 'h5wasm/node';
import { expect, test } from 'vitest';
import { fileInput } from '../../src/sources/file-input.ts';
import { type FormatName, formats } from '../../src/sources/formats.ts';
import { openData } from '../../src/sources/source.ts';
import type { TablePlace } from '../../src/sources/table.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

// Made by h5features and h5py: see make.py there.
const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'inputs', name);
const path = temporaryDirectory();
const expected = (name: string): Promise<number[][]> => readRows(`${fixture('expected.npz')}:/${name}`);

async function batchesOf(file: string, inside?: string, from?: TablePlace, format: FormatName = 'h5') {
  const table = await formats[format].open(fileInput(file, file, inside), {}, from);
  const found = [];
  for await (const batch of table.batches) found.push(batch);
  await table.close();
  return { begins: table.begins, found };
}

test.each([
  ['centres.h5f', undefined],
  ['spans.h5f', '/features'],
  ['version-1.0.h5f', '/features'],
  ['version-2.0.h5f', '/speech/features'],
  ['version-2.0-simple.h5f', '/speech/features'],
])('%s: items are utterances, with rows and the times of their middles', async (file, inside) => {
  const { found } = await batchesOf(fixture(file), inside);
  const times = (await expected('middles')).flat();
  const tolerance = file.startsWith('spans') || file.startsWith('version-2.0.') ? 1e-15 : 0;
  expect(found.map(({ utterance, utteranceNumber }) => [utterance, utteranceNumber])).toEqual([
    ['anna', 0],
    ['ben', 1],
  ]);
  expect(found.flatMap(({ data }) => [...data])).toEqual(
    [...(await expected('anna')), ...(await expected('ben'))].flat(),
  );
  const given = found.flatMap((batch) => [...batch.times!]);
  expect(given).toHaveLength(times.length);
  for (const [n, time] of given.entries()) expect(Math.abs(time - times[n]!)).toBeLessThanOrEqual(tolerance);
});

test('the rows of an item are read on from their utterance', async () => {
  const from = { row: 9, utterance: { number: 1, row: 7, position: 1 } };
  for (const [file, inside] of [
    ['centres.h5f', undefined],
    ['version-2.0.h5f', '/speech/features'],
  ] as const) {
    const { begins, found } = await batchesOf(fixture(file), inside, from);
    expect(begins).toBe(7);
    expect(found.map(({ utterance }) => utterance)).toEqual(['ben']);
    expect([...found[0]!.data]).toEqual((await expected('ben')).flat());
  }
});

test('floats stay floats, and properties are passed over', async () => {
  const source = await openData(fixture('singles.h5f'));
  const rows = (await expected('anna')).map((row) => row.map(Math.fround));
  for await (const { data, part } of source.arriving()) {
    expect([data.constructor, part.name]).toEqual([Float32Array, 'anna']);
    expect([...data]).toEqual(rows.flat());
    break;
  }
  await source.close();
});

async function make(fill: (file: File) => void): Promise<string> {
  await h5wasm.ready;
  const file = new File(path('made.h5'), 'w');
  fill(file);
  file.close();
  return path('made.h5');
}

test('of two groups one is to be named; an item that is cut is said to be', async () => {
  const numbers = Float64Array.from({ length: 12 }, (_, i) => i);
  const fill =
    (index: number[], items = ['a', 'b']) =>
    (file: File): void => {
      for (const name of ['one', 'two']) {
        const group = file.create_group(name);
        group.create_dataset({ name: 'features', data: numbers, shape: [4, 3] });
        group.create_dataset({ name: 'items', data: items });
        group.create_dataset({ name: 'index', data: BigInt64Array.from(index.map(BigInt)) });
      }
    };
  const file = await make(fill([1, 3]));
  await expect(readRows(file)).rejects.toThrow('has /one, /two: name one group of features, as in');
  expect((await readRows(`${file}:/two`)).flat()).toEqual([...numbers]);
  for (const [index, items] of [
    [
      [1, 2],
      ['a', 'b'],
    ],
    [
      [3, 1],
      ['a', 'b'],
    ],
    [[3], ['a', 'b']],
    [[1, 3], ['a']],
  ] as const) {
    const bad = await make(fill([...index], [...items]));
    await expect(readRows(`${bad}:/one`)).rejects.toThrow('its index does not divide 4 rows among');
  }
});

test('a whole file of items can be damaged in its names without harm', async () => {
  const bytes = readFileSync(fixture('version-1.0.h5f'));
  const at = bytes.indexOf('GCOL');
  expect(at).toBeGreaterThan(0);
  bytes.fill(0, at + 24, at + 32);
  bytes.writeUInt16LE(1, at + 16);
  writeFileSync(path('heap.h5f'), bytes);
  await expect(readRows(path('heap.h5f'))).rejects.toThrow(/damaged/);
});
