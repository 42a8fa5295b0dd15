// A reader with every fault that the fuzz mode must find: fixture so-and-so of a format meets fault so-and-so.
import { openSync } from 'node:fs';
import { basename } from 'node:path';
import { DataError } from 'megamix';
import { fixtures } from './cases.mjs';

/** @type {[import('./judge.mjs').Kind, (path: string) => unknown][]} */
export const broken = [
  [
    'class',
    () => {
      throw new TypeError('x.map is not a function');
    },
  ],
  [
    'message',
    (path) => {
      throw new DataError('damaged', `${path}: Cannot read properties of null`);
    },
  ],
  ['abort', () => process.abort()],
  [
    'hang',
    () => {
      for (;;);
    },
  ],
  ['memory', () => Array.from({ length: 200 }, () => Buffer.alloc(2 ** 24, 1))],
  ['handles', (path) => openSync(path, 'r')],
  ['unhandled', () => void Promise.reject(new Error('nobody waits for this'))],
  ['printed', () => console.error('a dump')],
  ['numbers', () => Number.NaN],
];

/** @type {import('./judge.mjs').Read} */
export async function* read(path, format) {
  const place = (fixtures.get(format) ?? []).findIndex(({ name }) => name === basename(path));
  const result = await broken[place]?.[1](path);
  await new Promise((resolve) => setTimeout(resolve, 5)); // what nobody waited for is noticed in between
  yield { data: Float64Array.of(Number.isNaN(result) ? Number.NaN : 1), dimensions: 1 };
}
