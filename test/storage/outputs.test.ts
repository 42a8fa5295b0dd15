import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { Dataset, Group } from 'h5wasm/node';
import { expect, test, vi } from 'vitest';
import { withHdf5 } from '../../src/files/hdf5.ts';
import { writeRows } from '../../src/storage/rows/write.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { type Entry, readArchive, readEntry } from '../helpers/kaldi-reader.ts';
import { normals } from '../helpers/random.ts';
import { readRows } from '../helpers/read.ts';

const path = temporaryDirectory();
const entries = (name: string, isPosterior = false): Entry[] => readArchive(readFileSync(path(name)), isPosterior);

/** Two utterances of two and one rows; the first comes in two chunks. */
const chunk = (number: number, name: string, data: number[], times?: number[]) => ({
  data: Float64Array.from(data),
  dimensions: 2,
  part: { number, name },
  times: times && Float64Array.from(times),
});
const chunks = [chunk(0, 'u', [1, 2], [0.1]), chunk(0, 'u', [3, 4], [0.2]), chunk(1, 'v', [5, 6.5], [0.3])];
const rows = {
  u: [
    [1, 2],
    [3, 4],
  ],
  v: [[5, 6.5]],
};

test('an archive and its list: a matrix for each part, found by its offset', async () => {
  await expect(writeRows(`ark,scp:${path('a.ark')},${path('a.scp')}`, chunks)).resolves.toBe(3);
  const bytes = readFileSync(path('a.ark'));
  const lines = readFileSync(path('a.scp'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  for (const [i, line] of lines.entries()) {
    const [, key, offset] = /^(\S+) .*a\.ark:(\d+)$/.exec(line)!;
    const name = (['u', 'v'] as const)[i]!;
    expect(key).toBe(name);
    expect(readEntry(bytes, Number(offset))).toEqual({ kind: 'DM', rows: rows[name] });
  }
  expect(entries('a.ark').map(({ key }) => key)).toEqual(['u', 'v']);
  await writeRows(path('single.ark'), [{ ...chunks[2]!, data: Float32Array.of(5, 6.5) }]);
  expect(entries('single.ark')).toMatchObject([{ key: 'v', kind: 'FM', rows: rows.v }]);
});

test('labels, one number a row, and sparse rows are what Kaldi has for them', async () => {
  const list = { dimensions: 1, isList: true };
  const [u, v] = [chunks[0]!.part, chunks[2]!.part];
  await writeRows(path('labels.ark'), [
    { ...list, data: Int32Array.of(3, 0), part: u },
    { ...list, data: Int32Array.of(70000), part: v },
  ]);
  expect(entries('labels.ark')).toMatchObject([
    { key: 'u', kind: 'ints', rows: [[3], [0]] },
    { key: 'v', kind: 'ints', rows: [[70000]] },
  ]);
  await writeRows(path('vector.ark'), [{ ...list, data: Float64Array.of(0.1, -2), part: u }]);
  expect(entries('vector.ark')).toMatchObject([{ key: 'u', kind: 'DV', rows: [[0.1], [-2]] }]);
  const sparse = [
    { ...chunks[0]!, data: Float64Array.of(0.75, 0.25), components: Int32Array.of(2047, 3) },
    { ...chunks[2]!, data: Float64Array.of(0.5, 0.125), components: Int32Array.of(0, 1) },
  ];
  await writeRows(path('sparse.ark'), sparse);
  expect(entries('sparse.ark', true).map(({ key, rows }) => [key, rows])).toEqual([
    [
      'u',
      [
        [
          [2047, 0.75],
          [3, 0.25],
        ],
      ],
    ],
    [
      'v',
      [
        [
          [0, 0.5],
          [1, 0.125],
        ],
      ],
    ],
  ]);
  await writeRows(path('sparse.jsonl'), sparse, { names: true });
  expect(readFileSync(path('sparse.jsonl'), 'utf8')).toBe(
    '{"name":"u","time":0.1,"components":[2047,3],"values":[0.75,0.25]}\n' +
      '{"name":"v","time":0.3,"components":[0,1],"values":[0.5,0.125]}\n',
  );
  await writeRows(path('sparse.csv'), sparse, { names: true });
  expect(readFileSync(path('sparse.csv'), 'utf8')).toBe(
    'name,time,component1,value1,component2,value2\nu,0.1,2047,0.75,3,0.25\nv,0.3,0,0.5,1,0.125\n',
  );
  await writeRows(path('sparse.npy'), sparse);
  expect(await readRows(path('sparse.npy'))).toEqual([
    [2047, 0.75, 3, 0.25],
    [0, 0.5, 1, 0.125],
  ]);
});

test("text archives are as Kaldi's tools print them", async () => {
  await writeRows(`ark,t:${path('t.ark')}`, chunks);
  expect(readFileSync(path('t.ark'), 'utf8')).toBe('u  [\n  1 2 \n  3 4 ]\nv  [\n  5 6.5 ]\n');
  await writeRows(`ark,t:${path('l.ark')}`, [Int32Array.of(1, 2)]);
  expect(readFileSync(path('l.ark'), 'utf8')).toBe('l 1 2 \n');
  await writeRows(`ark,t:${path('p.ark')}`, [{ ...chunks[0]!, components: Int32Array.of(4, 5) }]);
  expect(readFileSync(path('p.ark'), 'utf8')).toBe('u [ 4 1 5 2 ] \n');
});

test.each([
  [8, 'CM2', 1 / 65535],
  [500, 'CM', 1 / 64],
])('%i rows compressed are %s, near to what they were', async (count, kind, precision) => {
  const normal = normals(1);
  const data = Float64Array.from({ length: count * 5 }, (_, i) => (i % 5 === 4 ? 7 : normal() * (1 + (i % 5))));
  await writeRows(path('c.ark'), [{ data, dimensions: 5 }], { compress: true });
  const [entry] = entries('c.ark');
  expect(entry).toMatchObject({ key: 'c', kind });
  const read = entry!.rows.flat() as number[];
  const range = Math.max(...data) - Math.min(...data);
  for (const [i, value] of data.entries()) expect(Math.abs(read[i]! - value)).toBeLessThanOrEqual(precision * range);
  const own = await readRows(path('c.ark'));
  for (const [i, value] of own.flat().entries()) expect(value).toBeCloseTo(read[i]!, 4);
  await expect(
    writeRows(path('c.ark'), [{ data: Float64Array.of(1, 1e300), dimensions: 2 }], { compress: true }),
  ).rejects.toThrow('1e+300 cannot be compressed');
});

test('a file for each part, in folders that are made', async () => {
  await expect(writeRows(path('deep/er/{name}.npy'), chunks)).resolves.toBe(3);
  expect(readdirSync(path('deep/er')).sort()).toEqual(['u.npy', 'v.npy']);
  expect(await readRows(path('deep/er/u.npy'))).toEqual(rows.u);
  expect(await readRows(path('deep/er/v.npy'))).toEqual(rows.v);
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  await writeRows(path('safe/{name}.csv'), [chunk(0, '../../x', [1, 2])]);
  expect(readdirSync(path('safe'))).toEqual(['..-..-x.csv']);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('"../../x" is called ..-..-x in it'));
  warn.mockRestore();
  await expect(writeRows(path('twice/{name}.npy'), [chunk(0, 'u', [1, 2]), chunk(1, 'u', [3, 4])])).rejects.toThrow(
    'two files or utterances would have the file u, but each is there once',
  );
});

test('lines with names and times are read again as parts', async () => {
  await writeRows(path('n.csv'), chunks, { names: true });
  expect(readFileSync(path('n.csv'), 'utf8')).toBe('name,time,c1,c2\nu,0.1,1,2\nu,0.2,3,4\nv,0.3,5,6.5\n');
  await writeRows(path('q.csv'), [chunk(0, 'a "b", c', [1, 2])], { names: true });
  expect(readFileSync(path('q.csv'), 'utf8')).toBe('name,c1,c2\n"a ""b"", c",1,2\n');
  await writeRows(path('n.jsonl'), chunks, { names: true });
  expect(readFileSync(path('n.jsonl'), 'utf8').split('\n')[0]).toBe('{"name":"u","time":0.1,"c1":1,"c2":2}');
});

/** Datasets and attributes of the group of a file of h5features. */
const h5features = (name: string) =>
  withHdf5(path(name), name, (file) => {
    const of = (dataset: string): unknown => {
      const found = file.get(`features/${dataset}`);
      if (!(found instanceof Dataset)) throw new Error(`no dataset ${dataset}`);
      return { shape: found.shape, dtype: found.dtype, value: Array.from(found.value as ArrayLike<unknown>) };
    };
    const group = file.get('features');
    if (!(group instanceof Group)) throw new Error('no group');
    return {
      attributes: Object.fromEntries(Object.entries(group.attrs).map(([key, { value }]) => [key, value])),
      ...Object.fromEntries(['features', 'labels', 'items', 'index'].map((dataset) => [dataset, of(dataset)])),
    };
  });

test('h5features 1.1: features, the times as labels, items, and the last row of each as index', async () => {
  await writeRows(path('a.h5f'), chunks);
  expect(await h5features('a.h5f')).toEqual({
    attributes: { version: '1.1', format: 'dense' },
    features: { shape: [3, 2], dtype: '<d', value: [1, 2, 3, 4, 5, 6.5] },
    labels: { shape: [3], dtype: '<d', value: [0.1, 0.2, 0.3] },
    items: { shape: [2], dtype: 'S', value: ['u', 'v'] },
    index: { shape: [2], dtype: '<q', value: [1n, 2n] },
  });
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  await writeRows(path('b.h5f'), [chunk(0, 'u', [1, 2, 3, 4]), chunk(1, 'v', [5, 6])]);
  expect(await h5features('b.h5f')).toMatchObject({ labels: { value: [0, 1, 0] } });
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('the rows have no times: those in it count the rows'));
  warn.mockRestore();
  await expect(writeRows(path('c.h5f'), [chunks[0]!, chunk(1, 'v', [5, 6])])).rejects.toThrow(
    'some rows have times, and those of v none',
  );
  expect(existsSync(path('c.h5f'))).toBe(false);
});

test.each([
  ['x.npy', { names: true }, 'names: only lines of .csv, .tsv and .jsonl say names'],
  ['x.csv', { compress: true }, 'compress: only archives (.ark) can be compressed'],
  ['scp:x.scp', {}, 'output: received scp:x.scp, expected ark:OUT.ark'],
  ['ark,scp:x.ark', {}, 'expected ark:OUT.ark, ark,t:OUT.ark or ark,scp:OUT.ark,OUT.scp'],
  ['ark:-', {}, 'names of files'],
  ['ark:| gzip -c > x.gz', {}, 'names of files'],
  ['ark,x:x.ark', {}, 'expected ark:OUT.ark'],
])('%s is refused', async (output, options, message) => {
  await expect(writeRows(output, chunks, options)).rejects.toThrow(message);
});

test('an archive that fails leaves neither it nor its list', async () => {
  mkdirSync(path('none'));
  const same = [chunk(0, 'u v', [1, 2]), chunk(1, 'u-v', [3, 4])];
  await expect(writeRows(`ark,scp:${path('none/a.ark')},${path('none/a.scp')}`, same)).rejects.toThrow(
    'two files or utterances would have the key u-v',
  );
  expect(readdirSync(path('none'))).toEqual([]);
});
