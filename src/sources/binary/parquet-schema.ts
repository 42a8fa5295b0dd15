// Which Parquet columns hold numbers, or lists of them.
import type { SchemaElement, SchemaTree } from 'hyparquet';
import { fromHalves } from '../../kernels/float16.ts';
import type { Column, ColumnValues } from './columnar.ts';
import { bigEndianInteger, decimal } from './decimal.ts';
import { TextCodes } from './utterance-column.ts';

/** Decoded form of each physical type. */
type Stored = ArrayLike<number | bigint | boolean | Uint8Array>;

/** A column of numbers, or of lists of them, as its pages have it. */
export interface Leaf {
  readonly element: SchemaElement;
  /** Which of the columns of a row group it is. */
  readonly place: number;
  /** Of a value that is there. */
  readonly maxDefinition: number;
  /** 1 for lists. */
  readonly maxRepetition: 0 | 1;
  /** The definition level from which on there is something in a list. */
  readonly listDefinition: number;
  toNumbers(stored: Stored): ColumnValues;
}

/** A column of the table; without a leaf it is none of numbers. */
export interface ParquetColumn extends Column {
  readonly leaf: Leaf | undefined;
  /** Of a column of texts: it with the numbers of texts for numbers, and the texts. */
  readonly text: { readonly leaf: Leaf; readonly codes: TextCodes } | undefined;
  /** Which of the columns of a row group are its. */
  readonly places: readonly number[];
}

/** The columns of a schema: those of one physical column, which is repeated at most once, can be of numbers. */
export function columnsOf(root: SchemaTree): ParquetColumn[] {
  let place = 0;
  return root.children.map((tree) => {
    const first = place;
    place += leavesOf(tree);
    const path = pathToNumbers(tree);
    const leaf = path && leafOf(path, first, conversionOf(path.at(-1)!.element));
    const text = tree.children.length === 0 && !isRepeated(tree) ? textOf(tree, first) : undefined;
    return {
      name: tree.element.name,
      type: typeOf(tree),
      numbers: leaf && (isSingle(leaf.element) ? 'float32' : 'float64'),
      isVector: leaf?.maxRepetition === 1,
      isText: text !== undefined,
      leaf,
      text,
      places: Array.from({ length: place - first }, (_, i) => first + i),
    };
  });
}

const leavesOf = ({ children }: SchemaTree): number =>
  children.length === 0 ? 1 : children.reduce((sum, child) => sum + leavesOf(child), 0);

/** From a column of the table to its values: itself, or a list and what it is of. Source: Parquet logical types, "Lists". */
function pathToNumbers(tree: SchemaTree): SchemaTree[] | undefined {
  if (tree.children.length === 0) return [tree];
  const [repeated] = tree.children;
  if (!isList(tree) || tree.children.length !== 1 || !repeated || !isRepeated(repeated) || isRepeated(tree))
    return undefined;
  if (repeated.children.length === 0) return [tree, repeated];
  const [item] = repeated.children;
  const isItem = repeated.element.name === 'array' || repeated.element.name === `${tree.element.name}_tuple`;
  if (repeated.children.length !== 1 || !item || isItem || item.children.length > 0 || isRepeated(item))
    return undefined;
  return [tree, repeated, item];
}

const utf8 = new TextDecoder();

function textOf(tree: SchemaTree, place: number): ParquetColumn['text'] {
  const { type, converted_type: converted, logical_type: logical } = tree.element;
  if (type !== 'BYTE_ARRAY' || (converted !== 'UTF8' && logical?.type !== 'STRING')) return undefined;
  const codes = new TextCodes();
  const leaf = leafOf([tree], place, (stored) =>
    Float64Array.from(stored as ArrayLike<Uint8Array>, (bytes) => codes.codeOf(utf8.decode(bytes))),
  );
  return leaf && { leaf, codes };
}

function leafOf(
  path: readonly SchemaTree[],
  place: number,
  toNumbers: Leaf['toNumbers'] | undefined,
): Leaf | undefined {
  const { element } = path.at(-1)!;
  if (!toNumbers) return undefined;
  const levels = path.map((tree) => Number(tree.element.repetition_type !== 'REQUIRED'));
  const repeated = path.findIndex(isRepeated);
  const sum = (to: number): number => levels.slice(0, to).reduce((total, level) => total + level, 0);
  return {
    element,
    place,
    maxDefinition: sum(path.length),
    maxRepetition: repeated < 0 ? 0 : 1,
    listDefinition: repeated < 0 ? 0 : sum(repeated + 1),
    toNumbers,
  };
}

const isList = ({ element }: SchemaTree): boolean =>
  element.converted_type === 'LIST' || element.logical_type?.type === 'LIST';
const isRepeated = ({ element }: SchemaTree): boolean => element.repetition_type === 'REPEATED';
const isHalf = ({ logical_type: logical }: SchemaElement): boolean => logical?.type === 'FLOAT16';
const isSingle = (element: SchemaElement): boolean => isHalf(element) || element.type === 'FLOAT';

/** Name of a type in error messages. */
function typeOf(tree: SchemaTree): string {
  const { element, children } = tree;
  const name = element.logical_type?.type ?? element.converted_type ?? element.type ?? 'group';
  if (name !== 'LIST') return isRepeated(tree) ? `repeated ${name}` : name;
  const item = children[0]?.children.length === 1 ? children[0].children[0] : children[0];
  return item ? `LIST of ${typeOf(item)}` : name;
}

const INTEGERS = /^U?INT_(8|16|32|64)$/;

/** How stored values of a type become numbers; undefined where they are none. */
function conversionOf(element: SchemaElement): Leaf['toNumbers'] | undefined {
  const { type, converted_type: converted, logical_type: logical, type_length: length = 0, scale = 0 } = element;
  const isBytes = type === 'FIXED_LEN_BYTE_ARRAY' || type === 'BYTE_ARRAY';
  if (logical?.type === 'DECIMAL' || converted === 'DECIMAL') {
    const digits = logical?.type === 'DECIMAL' ? logical.scale : scale;
    if (isBytes) return (stored) => decimals(Array.from(stored as ArrayLike<Uint8Array>, bigEndianInteger), digits);
    return type === 'INT32' || type === 'INT64' ? (stored) => decimals(stored as Whole, digits) : undefined;
  }
  if (isHalf(element)) return type === 'FIXED_LEN_BYTE_ARRAY' && length === 2 ? halves : undefined;
  if ((converted && !INTEGERS.test(converted)) || (logical && logical.type !== 'INTEGER')) return undefined;
  if (type === 'INT32' || type === 'INT64') {
    const isUnsigned = logical?.type === 'INTEGER' ? !logical.isSigned : converted?.startsWith('U');
    return isUnsigned ? unsigned : plain;
  }
  return type === 'FLOAT' || type === 'DOUBLE' || type === 'BOOLEAN' ? plain : undefined;
}

type Whole = ArrayLike<number | bigint>;

const plain = (stored: Stored): ColumnValues => stored as ColumnValues;

function unsigned(stored: Stored): ColumnValues {
  if (stored instanceof Int32Array) return new Uint32Array(stored.buffer, stored.byteOffset, stored.length);
  if (stored instanceof BigInt64Array) return new BigUint64Array(stored.buffer, stored.byteOffset, stored.length);
  return stored as ColumnValues; // none
}

function decimals(unscaled: Whole, scale: number): ColumnValues {
  return Float64Array.from({ length: unscaled.length }, (_, i) => decimal(unscaled[i]!, scale));
}

function halves(stored: Stored): ColumnValues {
  const bits = Uint16Array.from(stored as ArrayLike<Uint8Array>, ([low, high]) => low! + 256 * high!);
  const out = new Float32Array(bits.length);
  fromHalves(bits, out);
  return out;
}
