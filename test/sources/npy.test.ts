import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { writeNpy } from '../../src/storage/rows/npy.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { readRows } from '../helpers/read.ts';
import { fc, runs } from '../setup/properties.ts';

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

test.each([
  ['i1', Int8Array.of(1, -128, 127, 0)],
  ['u1', Uint8Array.of(1, 255, 127, 0)],
  ['i2', Int16Array.of(1, -32768, 32767, 0)],
  ['u2', Uint16Array.of(1, 65535, 2, 0)],
  ['i4', Int32Array.of(1, -(2 ** 31), 2 ** 31 - 1, 0)],
  ['u4', Uint32Array.of(1, 2 ** 32 - 1, 2, 0)],
  ['f4', Float32Array.of(1.5, -2, 3e30, 0)],
  ['f8', Float64Array.of(1.5, -2, 3e300, 0)],
  ['i8', BigInt64Array.of(1n, -(2n ** 53n), 2n ** 63n - 1n, 0n)],
  ['u8', BigUint64Array.of(1n, 2n ** 53n, 2n ** 64n - 1n, 0n)],
] as const)('%s of either byte order, by rows or by columns', async (type, values) => {
  const numbers = Array.from<number | bigint, number>(values, Number);
  expect((await readBytes(npyBytes({ descr: `'<${type}'` }, values))).flat()).toEqual(numbers);
  const swapped = Buffer.from(Buffer.from(values.buffer));
  if (values.BYTES_PER_ELEMENT > 1) swapped[`swap${(values.BYTES_PER_ELEMENT * 8) as 16 | 32 | 64}`]();
  expect((await readBytes(npyBytes({ descr: `'>${type}'` }, swapped))).flat()).toEqual(numbers);
  const [a, b, c, d] = numbers;
  const file = path(`columns-${type}.npy`);
  writeFileSync(file, npyBytes({ descr: `'>${type}'`, fortran: 'True' }, swapped));
  expect(await readRows(file)).toEqual([
    [a, c],
    [b, d],
  ]);
});

test('truth values', async () => {
  expect((await readBytes(npyBytes({ descr: "'|b1'" }, Uint8Array.of(1, 0, 0, 1)))).flat()).toEqual([1, 0, 0, 1]);
});

test('big-endian float16, and infinity by columns', async () => {
  const halves = Buffer.from([0x3c, 0x00, 0xc0, 0x00, 0x00, 0x01, 0x7b, 0xff]);
  expect((await readBytes(npyBytes({ descr: "'>f2'" }, halves))).flat()).toEqual([1, -2, 2 ** -24, 65504]);
  const file = path('columns-f2.npy');
  writeFileSync(file, npyBytes({ descr: "'<f2'", fortran: 'True' }, Uint16Array.of(0x3c00, 0x3c00, 0x7c00, 0)));
  await expect(readRows(file)).rejects.toThrow('row 1, column 2: received Infinity');
});

test('columns first, in more than one chunk', async () => {
  const [rows, dimensions] = [50_000, 3];
  const values = Float32Array.from({ length: rows * dimensions }, (_, i) => i);
  const file = path('columns.npy');
  writeFileSync(file, npyBytes({ descr: "'<f4'", fortran: 'True', shape: `(${rows}, ${dimensions})` }, values));
  const read = await readRows(file, { chunkBytes: 8192 });
  expect(read).toHaveLength(rows);
  for (const n of [0, 1, 43_690, 43_691, rows - 1]) expect(read[n]).toEqual([n, rows + n, 2 * rows + n]);
  writeFileSync(file, npyBytes({ descr: "'<f4'", fortran: 'True', shape: `(${rows + 1}, 3)` }, values));
  await expect(readRows(file)).rejects.toThrow('claims 50001 rows of 3 numbers, but it ends after');
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
  ['records', npyBytes({ descr: "[('a', '<f8')]" }), 'records with the fields a'],
  ['columns first from a pipe', npyBytes({ fortran: 'True' }), 'can be read from a file only'],
  ['fewer rows than claimed', npyBytes({ shape: '(9, 2)' }), 'claims 9 rows of 2 numbers, but it ends after 2 rows'],
  ['a claim of 10^15 rows', npyBytes({ shape: '(1000000000000000, 2)' }), 'but it ends after 2 rows'],
  ['half a row', npyBytes({}, full.subarray(0, 3)), 'but it ends after 1 rows'],
  ['more rows than claimed', npyBytes({ shape: '(1, 2)' }), 'it goes on after the 1 rows'],
  ['no rows', npyBytes({ shape: '(0, 2)' }, full.subarray(0, 0)), 'x.npy is empty'],
])('%s is refused', async (_, bytes, message) => {
  await expect(readBytes(bytes)).rejects.toThrow(message);
});

/** An array with a header of any text. */
const withHeader = (header: string): Buffer => {
  const text = Buffer.from(`${header}\n`, 'latin1');
  const start = Buffer.from('\x93NUMPY\x01\0\0\0', 'latin1');
  start.writeUInt16LE(text.length, 8);
  return Buffer.concat([start, text, Buffer.from(Float64Array.of(1, 2, 3, 4).buffer)]);
};

// numpy.lib.format reads the header by ast.literal_eval: any literal of a dictionary with these three keys.
test.each([
  ['double quotes', '{"descr": "<f8", "fortran_order": False, "shape": (2, 2)}'],
  ['another order', "{'shape': (2, 2), 'fortran_order': False, 'descr': '<f8'}"],
  ['no blanks', "{'shape':(2,2),'descr':'<f8','fortran_order':False}"],
  ['more blanks and commas', " { 'shape' : ( 2 , 2 , ) , 'descr' : '<f8' , 'fortran_order' : False , }  \t "],
  ['long integers of Python 2', "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 2L), }"],
  ['texts marked as such', "{u'descr': b'<f8', 'fortran_order': False, 'shape': (2, 2), }"],
  ['lines', "{'descr': '<f8',\n 'fortran_order': False,\n 'shape': (2, 2)}"],
  ['a descr that has braces in it', "{'descr': '<f8', 'fortran_order': False, 'shape': (2, ((2)))}"],
])('a header with %s', async (_, header) => {
  expect(await readBytes(withHeader(header))).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('double-quotes.npy', async () => {
  const file = new URL('../fixtures/cases/double-quotes.npy', import.meta.url);
  expect(await readRows(file)).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
});

test.each([
  [
    'a negative length',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-2, 2)}",
    'claims the shape (-2, 2), which no array has',
  ],
  [
    'a length beyond all',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 2)}",
    'which no array has',
  ],
  [
    'a product beyond all',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000000)}",
    'which no array has',
  ],
  [
    'a shape that is no tuple',
    "{'descr': '<f8', 'fortran_order': False, 'shape': [2, 2]}",
    'shape is no tuple of whole numbers',
  ],
  ['a shape of one number', "{'descr': '<f8', 'fortran_order': False, 'shape': (2)}", 'shape is no tuple'],
  ['a shape of halves', "{'descr': '<f8', 'fortran_order': False, 'shape': (2.5, 2)}", 'cannot be understood'],
  ['an order that is none', "{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 2)}", 'neither True nor False'],
  [
    'a key too many',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), 'x': 1}",
    'expected descr, fortran_order, shape',
  ],
  ['a key too few', "{'descr': '<f8', 'shape': (2, 2)}", 'expected descr, fortran_order, shape'],
  ['no end', "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)", 'unexpected end'],
  ['more after it', "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)} ()", 'unexpected ()'],
  ['a call', "__import__('os')", 'unexpected __import__'],
  ['brackets without end', '('.repeat(60_000), 'nested too deep'],
  [
    'no dimensions',
    "{'descr': '<f8', 'fortran_order': False, 'shape': ()}",
    'an array of 0 dimensions, shape (); expected 2',
  ],
  [
    'long double',
    "{'descr': '<f16', 'fortran_order': False, 'shape': (2, 2)}",
    "'<f16', numbers of extended precision",
  ],
  ['text', "{'descr': '<U3', 'fortran_order': False, 'shape': (2, 2)}", "'<U3', text"],
  ['bytes', "{'descr': '|S5', 'fortran_order': False, 'shape': (2, 2)}", "'|S5', text"],
  ['raw bytes', "{'descr': '|V8', 'fortran_order': False, 'shape': (2, 2)}", "'|V8', raw bytes"],
  ['dates', "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2, 2)}", "'<M8[ns]', dates"],
  ['spans of time', "{'descr': '<m8[s]', 'fortran_order': False, 'shape': (2, 2)}", "'<m8[s]', spans of time"],
  ['objects', "{'descr': '|O', 'fortran_order': False, 'shape': (2, 2)}", "'|O', Python objects (pickled)"],
  ['complex numbers', "{'descr': '<c16', 'fortran_order': False, 'shape': (2, 2)}", "'<c16', complex numbers"],
  [
    'records',
    "{'descr': [('a', '<f8'), ('b', '<i4', (2,))], 'fortran_order': False, 'shape': (2, 2)}",
    "records with the fields a, b (x['a'] is one)",
  ],
])('a header with %s is refused', async (_, header, message) => {
  await expect(readBytes(withHeader(header))).rejects.toThrow(message);
});

test('a second array after the first is not lost in silence', async () => {
  const bytes = Buffer.concat([npyBytes(), npyBytes()]);
  await expect(readBytes(bytes)).rejects.toThrow('another array follows: save each in a file of its own');
  const file = path('two-arrays.npy');
  writeFileSync(file, Buffer.concat([npyBytes({ fortran: 'True' }), npyBytes()]));
  await expect(readRows(file)).rejects.toThrow('another array follows');
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
    runs(30),
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
