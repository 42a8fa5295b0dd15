import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import { identify } from '../../src/inference/identify.ts';
import type { SourceOptions } from '../../src/sources/data.ts';
import { openData } from '../../src/sources/source.ts';
import { writeRows } from '../../src/storage/rows/write.ts';
import { collect } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

const path = temporaryDirectory();
const NAMES = ['anna', 'ben:2', 'carl[1]*', 'dora'];
const chunks = NAMES.map((name, n) => ({
  data: Float64Array.from({ length: 2 * (n + 3) }, (_, i) => 10 * n + Math.sin(i)),
  dimensions: 2,
  name,
}));
const rowsOf = (n: number): number[][] =>
  Array.from({ length: n + 3 }, (_, i) => [...chunks[n]!.data.subarray(2 * i, 2 * i + 2)]);

async function* all() {
  for (const [number, { name, ...chunk }] of chunks.entries()) yield { ...chunk, part: { name, number } };
}
await writeRows(`ark,scp:${path('u.ark')},${path('u.scp')}`, all());
await writeRows(path('u.h5f'), all());
await writeRows(path('u.csv'), all(), { names: true });

test.each([
  ['u.ark', {}],
  ['u.scp', {}],
  ['u.h5f', {}],
  ['u.csv', { utteranceColumn: 'name' }],
] as const)('%s:name is the utterance of that name', async (file, options: SourceOptions) => {
  for (const [n, name] of NAMES.entries()) {
    const source = await openData(`${path(file)}:${name}`, options);
    for (let pass = 0; pass < 2; pass++) {
      const read = await collect(source.arriving());
      expect(read.flatMap(({ data }) => [...data])).toEqual(rowsOf(n).flat());
      expect(read[0]!.part).toMatchObject({ name, number: 0 });
    }
    await source.close();
  }
  const both = [`${path(file)}:dora`, path(file), `${path(file)}:anna`];
  expect(await readRows(both, options)).toEqual([...rowsOf(3), ...[0, 1, 2, 3].flatMap(rowsOf), ...rowsOf(0)]);
});

test('names that identify gives are accepted as input', async () => {
  const model = await new GaussianMixture({ components: 2, covariance: 'spherical', iterations: 2 }).fit(path('u.ark'));
  for await (const { data, scores } of identify({ model }, path('u.ark')))
    expect((await model.score(data)).logProbPerRow).toBeCloseTo(scores.model!, 12);
});

test('a name that is none is an error that says so', async () => {
  await expect(readRows(`${path('u.ark')}:eve`)).rejects.toThrow('u.ark has no utterance eve: its first is anna');
  writeFileSync(path('rows.csv'), '1,2\n3,4\n');
  await expect(readRows(`${path('rows.csv')}:anna`)).rejects.toThrow(
    'rows.csv has no utterance anna: its rows have no names',
  );
  await expect(readRows(`${path('none.ark')}:anna`)).rejects.toThrow(/none\.ark:anna/);
});
