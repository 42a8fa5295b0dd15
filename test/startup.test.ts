import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { main, megamix } from './cli/run.ts';
import { temporaryDirectory } from './helpers/files.ts';
import { npyBytes } from './helpers/npy.ts';

const directory = temporaryDirectory();
const root = join(import.meta.dirname, '..');
const hook = pathToFileURL(join(import.meta.dirname, 'helpers', 'loaded.mjs')).href;
const index = pathToFileURL(join(root, 'dist', 'index.js')).href;

/** The packages that a program loads, the program given as arguments of node. */
function packagesOf(...args: string[]): string[] {
  const { stderr, status } = spawnSync(process.execPath, ['--import', hook, ...args], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return [...new Set([...stderr.matchAll(/^loaded (.*)$/gm)].map(([, name]) => name!))].toSorted();
}

/** What is loaded always, besides what is required (ml-matrix, fft.js), which hooks are not told of. */
const ALWAYS = ['pure-rand'];

test('an import loads no reader of a format, and no writer', () => {
  expect(packagesOf('--input-type=module', '--eval', `await import(${JSON.stringify(index)})`)).toEqual(ALWAYS);
});

test('a K-means of a .npy file loads nothing else', () => {
  const path = directory('rows.npy');
  writeFileSync(
    path,
    npyBytes(
      { shape: '(32, 2)' },
      Float64Array.from({ length: 64 }, (_, i) => i),
    ),
  );
  const program = `
    const { KMeans } = await import(${JSON.stringify(index)});
    await new KMeans({ components: 2 }).fit(${JSON.stringify(path)}, { threads: 1, kernel: 'js' });`;
  expect(packagesOf('--input-type=module', '--eval', program)).toEqual(ALWAYS);
});

test('help loads what reads the command line', () => {
  expect(packagesOf(main, '--help')).toEqual(['commander']);
  expect(packagesOf(main, '--version')).toEqual(['commander']);
});

test('help lists commands that are not loaded as they describe themselves', async () => {
  const { stdout } = await megamix(['--help']);
  const listed = [...stdout.matchAll(/^ {2}(?!help)(\w+) (\[options\] <.*?>) {2,}/gm)];
  expect(listed).toHaveLength(14);
  for (const [, name, usage] of listed) {
    expect((await megamix([name!, '--help'])).stdout.split('\n')[0]).toBe(`Usage: megamix ${name} ${usage}`);
  }
});
