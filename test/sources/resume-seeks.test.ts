import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAgain } from '../../src/sources/source.ts';
import { writeArk } from '../../src/storage/rows/ark.ts';
import type { RowRun } from '../../src/storage/rows/runs.ts';
import { writeRows } from '../../src/storage/rows/write.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { expectBlocks, left, type Opened, resume, sweepAll } from '../helpers/sweeps.ts';

const path = temporaryDirectory();

const [ROWS, COLUMNS] = [1000, 500];
const data = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => Math.sin(i));
const shape = `(${ROWS}, ${COLUMNS})`;

const write = (name: string, contents: Uint8Array | string): string => {
  writeFileSync(path(name), contents);
  return path(name);
};

const rowsAs = async (name: string): Promise<string> => {
  await writeRows(path(name), [{ data, dimensions: COLUMNS }]);
  return path(name);
};

/** Some of ten utterances as an archive. */
async function archive(name: string, from = 0, to = 10): Promise<string> {
  async function* runs(): AsyncGenerator<RowRun> {
    for (let number = from; number < to; number++) {
      const rows = data.slice(number * 100 * COLUMNS, (number + 1) * 100 * COLUMNS);
      yield { data: rows, part: { number, name: `u${number}` } };
    }
  }
  await writeArk(path(name), { runs: runs(), columns: COLUMNS });
  return path(name);
}

/** Sets bytes so that reading them is an error. */
async function damage(file: string, start: number, end: number): Promise<void> {
  const bytes = await readFile(file);
  writeFileSync(file, bytes.fill(0xff, start, end));
}

const open = (file: string) => async (): Promise<Opened> => {
  const training = await openAgain(file, { chunkBytes: file.endsWith('.parquet') ? 70 * 8 * 3 : 70 * 8 * COLUMNS });
  return { training, close: () => training.close() };
};

test.each<[string, () => Promise<string>, (file: string) => Promise<unknown>]>([
  ['npy', async () => write('r.npy', npyBytes({ descr: "'<f4'", shape }, data)), (file) => damage(file, 200, 1e6)],
  [
    'npy of columns',
    async () => write('c.npy', npyBytes({ descr: "'<f4'", shape, fortran: 'True' }, data)),
    (file) => damage(file, 100, 1000),
  ],
  ['h5', () => rowsAs('r.h5'), (file) => damage(file, 500_000, 800_000)],
  [
    'parquet by row groups',
    async () => {
      copyFileSync(join(import.meta.dirname, '../fixtures/formats/many-none.parquet'), path('r.parquet'));
      return path('r.parquet');
    },
    (file) => damage(file, 100, 4000),
  ],
  ['htk', () => rowsAs('r.htk'), (file) => damage(file, 100, 1e6)],
  ['ark', () => archive('r.ark'), (file) => damage(file, 210_000, 1e6)],
  [
    'scp',
    async () => {
      const lines = Array.from({ length: 10 }, async (_, i) => {
        await archive(`u${i}.ark`, i, i + 1);
        return `u${i} u${i}.ark:3\n`;
      });
      return write('r.scp', (await Promise.all(lines)).join(''));
    },
    async () => {
      for (let i = 1; i < 5; i++) rmSync(path(`u${i}.ark`));
    },
  ],
])('%s: what lies before a place is not read', async (_, make, spoil) => {
  const file = await make();
  const { blocks, places } = await sweepAll(await open(file)(), 2);
  const late = places.at(-4)!;
  await spoil(file);
  await expect(sweepAll(await open(file)(), 0)).rejects.toThrow();
  const { blocks: found, passed } = await resume(await open(file)(), late);
  expectBlocks(found, left(blocks, late));
  expect(passed.at(-1) ?? 0).toBeLessThan(ROWS / 2);
});
