import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeNpy } from '../../src/storage/npy.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { readRows } from '../helpers/read.ts';

const path = temporaryDirectory();

const readBytes = (bytes: Buffer): Promise<number[][]> =>
  readRows(Readable.from([bytes]), { format: 'npy', name: 'x.npy' });

test.each([1, 2, 3])('version %i', async (version) => {
  expect(await readBytes(npyBytes({ version }, Float64Array.of(1, 2, 3, 4)))).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test.each([
  ["'<f8'", Float64Array.of(1.5, -2, 3e300, 5e-324)],
  ["'<f4'", Float32Array.of(1.5, -2, 3e30, 1e-40)],
] as const)('%s', async (descr, values) => {
  expect((await readBytes(npyBytes({ descr }, values))).flat()).toEqual([...values]);
});

test('float16: ones, subnormals, largest', async () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff);
  expect((await readBytes(npyBytes({ descr: "'<f2'" }, halves))).flat()).toEqual([1, -2, 2 ** -24, 65504]);
});

test('float16 infinity and NaN are refused', async () => {
  const bytes = npyBytes({ descr: "'<f2'" }, Uint16Array.of(0x3c00, 0x7c00, 0, 0));
  await expect(readBytes(bytes)).rejects.toThrow('x.npy, row 1, column 2: received Infinity, expected a finite number');
});

const full = new Float64Array(4);
test.each([
  ['nothing', Buffer.alloc(0), 'x.npy is empty'],
  ['text', Buffer.from('1,2\n3,4\n'), 'x.npy is not an .npy file'],
  ['half a magic', Buffer.from('\x93NUM', 'latin1'), 'x.npy is not an .npy file'],
  ['an unknown version', npyBytes({ version: 4 }), '.npy version 4'],
  [
    'a header that claims a gigabyte',
    Buffer.from('\x93NUMPY\x02\0\0\0\0\x40', 'latin1'),
    'its header claims 1073741824 bytes',
  ],
  ['half a header', npyBytes().subarray(0, 30), 'ends within its header'],
  ['no shape', npyBytes({ shape: 'None' }), 'header cannot be understood'],
  ['one dimension', npyBytes({ shape: '(4,)' }), '.reshape(-1, 1)'],
  ['three dimensions', npyBytes({ shape: '(1, 2, 2)' }), 'an array of 3 dimensions, shape (1, 2, 2); expected 2'],
  ['no columns', npyBytes({ shape: '(4, 0)' }), 'its rows have no columns'],
  ['complex numbers', npyBytes({ descr: "'<c16'" }), "its numbers are '<c16'"],
  ['objects', npyBytes({ descr: "'|O'" }), "its numbers are '|O'"],
  ['records', npyBytes({ descr: "[('a', '<f8')]" }), 'a record'],
  ['big-endian numbers', npyBytes({ descr: "'>f8'" }), "its numbers are '>f8'"],
  ['columns first', npyBytes({ fortran: 'True' }), 'column-major'],
  ['fewer rows than claimed', npyBytes({ shape: '(9, 2)' }), 'claims 9 rows of 2 numbers, but it ends after 2 rows'],
  ['a claim of 10^15 rows', npyBytes({ shape: '(1000000000000000, 2)' }), 'but it ends after 2 rows'],
  ['half a row', npyBytes({}, full.subarray(0, 3)), 'but it ends after 1 rows'],
  ['more rows than claimed', npyBytes({ shape: '(1, 2)' }), 'it goes on after the 1 rows'],
  ['no rows', npyBytes({ shape: '(0, 2)' }, full.subarray(0, 0)), 'x.npy is empty'],
])('%s is refused', async (_, bytes, message) => {
  await expect(readBytes(bytes)).rejects.toThrow(message);
});

test('any bytes give rows or a DataError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(100), async (noise, at) => {
      const bytes = npyBytes({}, Float64Array.of(1, 2, 3, 4));
      bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
      await readBytes(bytes).catch((error: Error) => expect(error.name).toBe('DataError'));
    }),
  );
});

test('what is written is read, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 }), {
        minLength: 1,
      }),
      fc.integer({ min: 1, max: 100 }),
      async (rows, pieceLength) => {
        const file = path('round.npy');
        async function* runs() {
          for (const row of rows) yield Float64Array.from(row);
        }
        expect(await writeNpy(file, runs(), 3)).toBe(rows.length);
        expect(await readRows(file)).toEqual(rows);
        const { readFileSync } = await import('node:fs');
        const bytes = readFileSync(file);
        const pieces = Array.from({ length: Math.ceil(bytes.length / pieceLength) }, (_, i) =>
          bytes.subarray(i * pieceLength, (i + 1) * pieceLength),
        );
        expect(await readRows(Readable.from(pieces), { format: 'npy' })).toEqual(rows);
      },
    ),
    { numRuns: 30 },
  );
});

test('a file of a float32 array keeps its precision', async () => {
  const file = path('single.npy');
  async function* runs() {
    yield Float32Array.of(0.1, 0.2);
  }
  await writeNpy(file, runs(), 2);
  expect(await readRows(file)).toEqual([[Math.fround(0.1), Math.fround(0.2)]]);
  writeFileSync(file, '');
  await expect(readRows(file)).rejects.toThrow('is empty');
});
