import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { finish } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { adopt } from '../setup/watchdog.ts';

const path = temporaryDirectory();
const script = join(import.meta.dirname, '..', 'helpers', 'forget.mjs');

test('what is forgotten is closed, without a word', async () => {
  const numbers = Float64Array.from({ length: 140_000 }, (_, i) => i % 100);
  const shape = '(70000, 2)';
  const files: [string, string | Buffer][] = [
    ['rows.npy', npyBytes({ shape }, numbers)],
    ['columns.npy', npyBytes({ shape, fortran: 'True' }, numbers)],
    ['rows.csv', '1,2\n3,4\n'.repeat(150_000)],
    ['rows.jsonl', '[1,2]\n'.repeat(200_000)],
  ];
  for (const [name, content] of files) writeFileSync(path(name), content);
  const paths = files.map(([name]) => path(name));
  const child = spawn(process.execPath, ['--expose-gc', script, ...paths], { stdio: 'pipe' });
  adopt(child);
  const { code, stdout, stderr } = await finish(child);
  expect([code, stderr]).toEqual([0, '']);
  const { warnings, left } = JSON.parse(stdout);
  expect(warnings).toEqual([]);
  expect(left).toBeLessThanOrEqual(0);
});
