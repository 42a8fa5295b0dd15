import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/files.ts';

const path = temporaryDirectory();
const root = join(import.meta.dirname, '..', '..');

test('a program given by --eval computes on threads, and reads by them', () => {
  const program = `
    import { KMeans } from 'megamix';
    const data = { data: Float64Array.from({ length: 40000 }, (_, i) => i % 17), dimensions: 2 };
    const model = await new KMeans({ components: 2 }).fit(data, { threads: 2, chunkBytes: 8000 });
    await model.save(process.argv.at(-1));
    console.log((await model.constructor.load(process.argv.at(-1))).components);`;
  const file = path('model.h5');
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, file], {
    cwd: root,
    encoding: 'utf8',
  });
  expect([stdout, stderr]).toEqual(['2\n', '']);
});
