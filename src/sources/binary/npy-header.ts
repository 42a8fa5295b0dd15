// Headers of NumPy arrays.
import { DataError } from '../../errors.ts';
import { type ByteReader, latin1 } from '../bytes.ts';
import { type NumberType, numberTypes } from './number-types.ts';
import { type Literal, parseLiteral, Tuple } from './python-literal.ts';

const MAGIC = '\x93NUMPY';
const LONGEST_HEADER = 1 << 20;
const KEYS = ['descr', 'fortran_order', 'shape'];

/** Contents of an array's header. */
export interface ArrayLayout {
  readonly name: string;
  readonly numberType: NumberType;
  readonly isSwapped: boolean;
  readonly isColumnMajor: boolean;
  readonly rows: number;
  readonly dimensions: number;
}

/** Reads the header of an array of rows; `isList` lets a list of numbers be a column. Source: numpy.lib.format, versions 1 to 3. */
export async function readHeader(reader: ByteReader, name: string, isList: boolean): Promise<ArrayLayout> {
  return layOut(await headerText(reader, name), name, isList);
}

/** Whether an array begins here. */
export const isStart = (bytes: Uint8Array): boolean => latin1(bytes.subarray(0, MAGIC.length)) === MAGIC;

export async function headerText(reader: ByteReader, name: string): Promise<string> {
  const start = await reader.read(new Uint8Array(8));
  if (start.length === 0) throw new DataError('empty', `${name} is empty: expected an .npy array`, { source: name });
  if (start.length < 8 || !isStart(start)) {
    throw new DataError('wrong-format', `${name} is not an .npy file (it does not begin with \\x93NUMPY)`, {
      source: name,
    });
  }
  const [version, minor] = [start[6]!, start[7]!];
  if (version < 1 || version > 3 || minor !== 0)
    throw new DataError(
      'unsupported',
      `${name}: .npy version ${version}.${minor}; versions 1.0, 2.0 and 3.0 are known`,
      { source: name },
    );
  const lengthBytes = await reader.read(new Uint8Array(version === 1 ? 2 : 4));
  const length = lengthBytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
  if (length > LONGEST_HEADER)
    throw new DataError('damaged', `${name}: its header claims ${length} bytes; the file is damaged`, { source: name });
  const header = await reader.read(new Uint8Array(length));
  if (lengthBytes.length < (version === 1 ? 2 : 4) || header.length < length)
    throw new DataError('truncated', `${name} ends within its header: the file was cut short`, { source: name });
  return version === 3 ? new TextDecoder().decode(header) : latin1(header);
}

function layOut(header: string, name: string, isList: boolean): ArrayLayout {
  const { descr, isFortran, shape } = parseHeader(header, name);
  const [, byteOrder, key] = /^([<>=|]?)(\w+)$/.exec(typeof descr === 'string' ? descr : '') ?? [];
  const numberType = key !== undefined && Object.hasOwn(numberTypes, key) ? numberTypes[key] : undefined;
  if (!numberType) {
    throw new DataError(
      'wrong-shape',
      `${name}: its numbers are ${described(descr)}; expected whole numbers, float16, float32 or float64: ` +
        "save it again with .astype('float64')",
      { source: name },
    );
  }
  const lengths = isList && shape.length === 1 ? [...shape, 1] : shape;
  if (lengths.length !== 2) {
    const remedy = ['save it again with .reshape(1, 1)', 'save it again with .reshape(-1, 1) if every number is a row'];
    throw new DataError(
      'wrong-shape',
      `${name}: an array of ${lengths.length} dimensions, shape (${lengths.join(', ')}); expected 2, rows × columns: ` +
        `${remedy[lengths.length] ?? 'reshape it, as with .reshape(len(x), -1)'}`,
      { source: name },
    );
  }
  const [rows, dimensions] = lengths as [number, number];
  if (dimensions === 0) throw new DataError('empty', `${name}: its rows have no columns`, { source: name });
  const isColumnMajor = isFortran && rows > 1 && dimensions > 1;
  return { name, numberType, isSwapped: byteOrder === '>', isColumnMajor, rows, dimensions };
}

/** A dictionary of three keys, as NumPy's own reader insists. */
export function parseHeader(
  header: string,
  name: string,
): { descr: Literal; isFortran: boolean; shape: readonly number[] } {
  const damaged = (what: string): DataError =>
    new DataError(
      'damaged',
      `${name}: its .npy header cannot be understood (${what}): ${header.trim().slice(0, 200)}`,
      { source: name },
    );
  let literal: Literal;
  try {
    literal = parseLiteral(header);
  } catch (error) {
    throw damaged((error as Error).message);
  }
  if (!(literal instanceof Map) || [...literal.keys()].sort().join() !== KEYS.join())
    throw damaged(`expected ${KEYS.join(', ')}`);
  const [descr, isFortran, shape] = KEYS.map((key) => literal.get(key)!);
  if (typeof isFortran !== 'boolean') throw damaged('fortran_order is neither True nor False');
  const lengths = shape instanceof Tuple ? shape.items : undefined;
  if (!lengths?.every((length) => typeof length === 'number')) throw damaged('shape is no tuple of whole numbers');
  const size = lengths.reduce((product, length) => product * length, 1);
  if (!lengths.every((length) => Number.isSafeInteger(length) && length >= 0) || !Number.isSafeInteger(size))
    throw new DataError(
      'damaged',
      `${name}: its header claims the shape (${lengths.join(', ')}), which no array has: it is damaged`,
      { source: name },
    );
  return { descr: descr!, isFortran, shape: lengths };
}

/** Types of NumPy that are no numbers of ours, by their letter. */
const OTHER_TYPES: Readonly<Record<string, string>> = {
  c: 'complex numbers',
  f: 'numbers of extended precision (long double)',
  O: 'Python objects (pickled)',
  S: 'text',
  a: 'text',
  U: 'text',
  T: 'text',
  V: 'raw bytes',
  M: 'dates',
  m: 'spans of time',
};

/** Type of the numbers, in words and as in the header. */
function described(descr: Literal): string {
  if (Array.isArray(descr)) {
    const names = descr.flatMap((field) => (field instanceof Tuple ? field.items.slice(0, 1) : [])).filter(Boolean);
    return `records with the fields ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''} (x['${names[0]}'] is one)`;
  }
  if (descr instanceof Tuple) return 'arrays of arrays';
  const letter = /^[<>=|]?([A-Za-z])/.exec(String(descr))?.[1] ?? '';
  const words = OTHER_TYPES[letter];
  return words === undefined ? `'${descr}'` : `'${descr}', ${words}`;
}
