// Reads the arrays of a NumPy archive (.npz) of a model: numbers of any shape, and single texts.
import type { Entry, ZipFile } from 'yauzl';
import { DataError, MegaMixError, messageOf } from '../../errors.ts';
import type { ShapedValues } from '../../files/hdf5.ts';
import { headerText, parseHeader } from '../../sources/binary/npy-header.ts';
import { type NumberType, numberTypes } from '../../sources/binary/number-types.ts';
import { toNumbers } from '../../sources/binary/stored-rows.ts';
import { ByteReader } from '../../sources/bytes.ts';
import { crc32 } from '../../sources/compression/crc32.ts';
import { shown } from '../../util/shown.ts';

/** What an archive of a model holds, by name. */
export interface NamedArrays {
  readonly arrays: ReadonlyMap<string, ShapedValues>;
  readonly texts: ReadonlyMap<string, string>;
}

const EXTENSION = '.npy';
const ZIP_START = [0x50, 0x4b, 0x03, 0x04];

/** No array of a model has more numbers: 1 GiB. */
const MOST_NUMBERS = 2 ** 27;
const LONGEST_TEXT = 64;

/** Whether an archive begins here. */
export const isZip = (bytes: Uint8Array): boolean => ZIP_START.every((byte, i) => bytes[i] === byte);

/**
 * The arrays of an archive of which the name is known; others are passed over.
 *
 * @throws DataError where the archive is damaged, or an array is neither numbers nor one text.
 */
export async function readNpz(
  bytes: Uint8Array,
  name: string,
  isKnown: (array: string) => boolean,
): Promise<NamedArrays> {
  const arrays = new Map<string, ShapedValues>();
  const texts = new Map<string, string>();
  try {
    const { fromBufferPromise } = await import('yauzl');
    const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      lazyEntries: true,
    });
    for await (const entry of zip.eachEntry()) {
      const array = entry.fileName.slice(0, -EXTENSION.length);
      if (!entry.fileName.endsWith(EXTENSION) || !isKnown(array)) continue;
      if (arrays.has(array) || texts.has(array)) throw new Error(`it has two arrays ${array}`);
      const value = await readArray(new ByteReader(contents(zip, entry)), `${name}:/${array}`);
      if (typeof value === 'string') texts.set(array, value);
      else arrays.set(array, value);
    }
  } catch (error) {
    if (error instanceof MegaMixError) throw error;
    throw new DataError('damaged', `${name} is no NumPy archive, or damaged (${messageOf(error).split('\n')[0]})`, {
      source: name,
      cause: error,
    });
  }
  return { arrays, texts };
}

/** The bytes of an entry, which must have the checksum that the archive says. */
async function* contents(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let checksum = 0;
  for await (const piece of await zip.openReadStreamPromise(entry)) {
    checksum = crc32(piece as Uint8Array, checksum);
    yield piece as Uint8Array;
  }
  if (checksum !== entry.crc32) throw new Error('wrong checksum');
}

async function readArray(reader: ByteReader, name: string): Promise<ShapedValues | string> {
  try {
    const { descr, isFortran, shape } = parseHeader(await headerText(reader, name), name);
    const [, order, letter, digits] = /^([<>=|]?)([a-zA-Z])(\d+)$/.exec(String(descr)) ?? [];
    const type = numberTypes[`${letter}${digits}`];
    const isText = letter === 'U' && shape.length === 0 && Number(digits) <= LONGEST_TEXT;
    const count = shape.reduce((product, length) => product * length, 1);
    if (!isText && (!type || (isFortran && shape.length > 1) || count === 0)) {
      throw new DataError(
        'wrong-shape',
        `${name}: an array of ${shown(descr)} of the shape (${shape.join(', ')}), expected numbers in C order: save it again with numpy.ascontiguousarray(x, 'float64')`,
        { source: name },
      );
    }
    if (count > MOST_NUMBERS)
      throw new DataError('too-large', `${name}: an array of ${count} numbers, more than any model has`, {
        source: name,
      });
    const size = isText ? 4 * Number(digits) : count * type!.bytes;
    const raw = await reader.readSome(size + 1);
    if (raw.length !== size)
      throw new DataError(
        raw.length < size ? 'truncated' : 'damaged',
        `${name}: its header claims ${size} bytes, but there are ${raw.length < size ? raw.length : 'more'}`,
        { source: name },
      );
    return isText ? textOf(raw, order === '>') : { data: numbersOf(type!, raw, order === '>', count), shape };
  } finally {
    await reader.close();
  }
}

function numbersOf(
  numberType: NumberType,
  raw: Uint8Array<ArrayBuffer>,
  isSwapped: boolean,
  count: number,
): Float64Array {
  const out = numberType.make(count);
  toNumbers({ numberType, isSwapped }, raw, out);
  return Float64Array.from(out);
}

/** Letters of four bytes; those that are left over are 0. */
function textOf(raw: Uint8Array, isSwapped: boolean): string {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const codes = Array.from({ length: raw.length / 4 }, (_, i) => view.getUint32(4 * i, !isSwapped));
  return codes.map((code) => (code > 0 && code < 0x110000 ? String.fromCodePoint(code) : '')).join('');
}
