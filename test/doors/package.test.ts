import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What npm would publish, without doing it. */
const packed = (): { path: string; size: number }[] => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'];
  const { stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  expect(stdout, stderr).toContain('"files"');
  return JSON.parse(stdout)[0].files;
};

test('the package holds the build, its licences and what it says of itself, and no more than 3 MB', () => {
  const files = packed();
  const others = files.map(({ path }) => path).filter((path) => !/^dist\/.*(?<!\.test)\.(js|d\.ts)$/.test(path));
  const expected = ['LICENSE', 'README.md', 'dist/THIRD-PARTY.txt', 'dist/kernels/kernels.wasm', 'package.json'];
  expect(others.filter((path) => path !== 'CHANGELOG.md').toSorted()).toEqual(expected);
  expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(3e6);
});

test('what package.json says is there is in the package', () => {
  const there = new Set(packed().map(({ path }) => `./${path}`));
  const named = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry as object),
  );
  for (const path of [...named, ...Object.values<string>(bin).map((path) => `./${path}`)])
    expect(there).toContain(path);
});

test('parts of the library can be imported by themselves', async () => {
  const { FeatureTransform } = await import('megamix/speech');
  const { openData, partition } = await import('megamix/sources');
  expect((await openData([[1, 2]])).dimensions).toBe(2);
  expect([typeof FeatureTransform, typeof partition]).toEqual(['function', 'function']);
});
