// Writes named arrays as a NumPy archive (.npz), as numpy.savez does: stored, not compressed.
import { DataError } from '../../errors.ts';
import { crc32 } from '../../sources/compression/crc32.ts';
import type { NamedArrays } from './npz-reader.ts';

const ALIGNMENT = 64;
const VERSION = 20;
/** 1 January 1980: the same model gives the same bytes. */
const DATE = 0x21;
const MOST_BYTES = 2 ** 32 - 1;

/** The archive of arrays (float64) and texts. */
export function writeNpz({ arrays, texts }: NamedArrays): Uint8Array {
  const entries = [
    ...Array.from(arrays, ([name, { data, shape }]) => ({ name, bytes: npy('<f8', shape, floats(data)) })),
    ...Array.from(texts, ([name, text]) => ({ name, bytes: npy(`<U${[...text].length}`, [], letters(text)) })),
  ];
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes } of entries) {
    const file = new TextEncoder().encode(`${name}.npy`);
    const about = [VERSION, 0, 0, 0, DATE] as const;
    const sizes = [crc32(bytes), bytes.length, bytes.length] as const;
    const header = fields([
      ...[[4, 0x04034b50] as const, ...about.map((value) => [2, value] as const)],
      ...[...sizes.map((value) => [4, value] as const), [2, file.length] as const, [2, 0] as const],
    ]);
    central.push(
      fields([
        ...[[4, 0x02014b50] as const, [2, VERSION] as const, ...about.map((value) => [2, value] as const)],
        ...[...sizes.map((value) => [4, value] as const), [2, file.length] as const],
        ...[2, 2, 2, 2, 4].map((length) => [length, 0] as const),
        [4, at] as const,
      ]),
      file,
    );
    local.push(header, file, bytes);
    at += header.length + file.length + bytes.length;
    if (at > MOST_BYTES)
      throw new DataError('too-large', 'a model of more than 4 GiB does not fit into an .npz archive');
  }
  const directory = joined(central);
  const [count, bytes] = [entries.length, directory.length];
  const end = fields([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, bytes],
    [4, at],
    [2, 0],
  ]);
  return joined([...local, directory, end]);
}

function npy(descr: string, shape: readonly number[], contents: Uint8Array): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const start = 10;
  const length = Math.ceil((start + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT - start;
  const magic = Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), 1, 0);
  const header = new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`);
  return joined([magic, fields([[2, length]]), header, contents]);
}

function floats(data: Float64Array): Uint8Array {
  const bytes = new Uint8Array(8 * data.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of data.entries()) view.setFloat64(8 * i, value, true);
  return bytes;
}

const letters = (text: string): Uint8Array =>
  fields(Array.from(text, (letter) => [4, letter.codePointAt(0)!] as const));

/** Whole numbers, little-endian, each of so many bytes. */
function fields(values: readonly (readonly [bytes: number, value: number])[]): Uint8Array {
  return Uint8Array.from(
    values.flatMap(([bytes, value]) => Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 255)),
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
