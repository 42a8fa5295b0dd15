// Types of Arrow columns.
import { type Column, Unsupported } from './columnar.ts';
import type { FlatTable } from './flat-buffer.ts';

/** Types of Arrow, as far as their numbers and their buffers go. */
export type ArrowType =
  | { readonly kind: 'Int'; readonly bits: number; readonly isSigned: boolean }
  | { readonly kind: 'Float'; readonly bits: number }
  | { readonly kind: 'Bool' }
  | { readonly kind: 'Decimal'; readonly bits: number; readonly scale: number }
  | { readonly kind: 'List' | 'ListView'; readonly offsetBits: 32 | 64 }
  | { readonly kind: 'FixedSizeList'; readonly size: number }
  | { readonly kind: 'RunEndEncoded' }
  | { readonly kind: 'Union'; readonly isDense: boolean }
  /** Not numbers: the number of buffers before those of its children. */
  | { readonly kind: 'other'; readonly name: string; readonly buffers: number; readonly isView?: boolean };

export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  readonly children: readonly ArrowField[];
  /** Set if it holds places in a dictionary, of the type that the dictionary is of. */
  readonly dictionary?: { readonly id: number; readonly index: ArrowType & { kind: 'Int' } } | undefined;
}

const MOST_FIELDS = 1 << 20;
const DEEPEST_FIELD = 64;
const BIG_ENDIAN = 1;

/** Places of fields in the tables of Arrow's Schema.fbs. */
const [ENDIANNESS, FIELDS] = [0, 1];
const [NAME, TYPE_TYPE, TYPE, DICTIONARY, CHILDREN] = [0, 2, 3, 4, 5];
const [DICTIONARY_ID, INDEX_TYPE] = [0, 1];

/** Contents of a column, by the number of its type in Schema.fbs. */
const OTHERS: Readonly<Record<number, readonly [name: string, buffers: number]>> = {
  1: ['Null', 0],
  4: ['Binary', 3],
  5: ['Utf8', 3],
  8: ['Date', 2],
  9: ['Time', 2],
  10: ['Timestamp', 2],
  11: ['Interval', 2],
  13: ['Struct', 1],
  15: ['FixedSizeBinary', 2],
  17: ['Map', 2],
  18: ['Duration', 2],
  19: ['LargeBinary', 3],
  20: ['LargeUtf8', 3],
  23: ['BinaryView', 2],
  24: ['Utf8View', 2],
};

/** @throws RangeError where it is no schema, or one of big-endian numbers. */
export function readSchema(schema: FlatTable): ArrowField[] {
  if (schema.short(ENDIANNESS) === BIG_ENDIAN) throw new Unsupported('big-endian numbers');
  let fields = 0;
  // tables can be in several vectors: their number is bounded, not only their depth
  const toField = (table: FlatTable, depth: number): ArrowField => {
    if (++fields > MOST_FIELDS || depth > DEEPEST_FIELD) throw new RangeError('fields within fields without end');
    const encoding = table.table(DICTIONARY);
    const index = encoding && toIndex(encoding.table(INDEX_TYPE));
    const type = toType(table.byte(TYPE_TYPE), table.table(TYPE));
    const children = table.tables(CHILDREN).map((child) => toField(child, depth + 1));
    const wanted = CHILDREN_OF[type.kind];
    if (wanted !== undefined && children.length !== wanted) throw new RangeError(`${children.length} fields in one`);
    const dictionary = encoding && { id: encoding.long(DICTIONARY_ID), index: index! };
    return { name: table.string(NAME), type, children, dictionary };
  };
  return schema.tables(FIELDS).map((table) => toField(table, 0));
}

const CHILDREN_OF: Partial<Record<ArrowType['kind'], number>> = {
  Int: 0,
  Float: 0,
  Bool: 0,
  Decimal: 0,
  List: 1,
  ListView: 1,
  FixedSizeList: 1,
  RunEndEncoded: 2,
};

function toIndex(table: FlatTable | undefined): ArrowType & { kind: 'Int' } {
  return table ? toInteger(table) : { kind: 'Int', bits: 32, isSigned: true };
}

function toInteger(table: FlatTable): ArrowType & { kind: 'Int' } {
  const bits = table.int(0);
  if (![8, 16, 32, 64].includes(bits)) throw new RangeError(`integers of ${bits} bits`);
  return { kind: 'Int', bits, isSigned: table.byte(1) !== 0 };
}

function toType(id: number, table: FlatTable | undefined): ArrowType {
  const other = OTHERS[id];
  if (other) return { kind: 'other', name: other[0], buffers: other[1], isView: id === 23 || id === 24 };
  if (id === 6) return { kind: 'Bool' };
  if (id === 22) return { kind: 'RunEndEncoded' };
  if (id === 12 || id === 21) return { kind: 'List', offsetBits: id === 12 ? 32 : 64 };
  if (id === 25 || id === 26) return { kind: 'ListView', offsetBits: id === 25 ? 32 : 64 };
  if (!table) throw new RangeError('a field without its type');
  switch (id) {
    case 2:
      return toInteger(table);
    case 3: {
      const precision = table.short(0);
      if (!(precision >= 0 && precision <= 2)) throw new RangeError('numbers of an unknown precision');
      return { kind: 'Float', bits: 16 << precision };
    }
    case 7: {
      const bits = table.int(2, 128);
      if (![32, 64, 128, 256].includes(bits)) throw new RangeError(`decimals of ${bits} bits`);
      return { kind: 'Decimal', bits, scale: table.int(1) };
    }
    case 14:
      return { kind: 'Union', isDense: table.short(0) === 1 };
    case 16: {
      const size = table.int(0);
      if (size < 0) throw new RangeError(`lists of ${size} values`);
      return { kind: 'FixedSizeList', size };
    }
  }
  throw new Unsupported(`fields of the type ${id}, unknown in Arrow 1.5`);
}

/** Bits of the places where texts begin; undefined of what is no text. */
export function textOffsetBits(type: ArrowType): 32 | 64 | undefined {
  if (type.kind !== 'other') return undefined;
  return type.name === 'Utf8' ? 32 : type.name === 'LargeUtf8' ? 64 : undefined;
}

/** A field as a column of rows. */
export function toColumn(field: ArrowField): Column {
  const { name, type } = field;
  const isVector =
    !field.dictionary && (type.kind === 'List' || type.kind === 'ListView' || type.kind === 'FixedSizeList');
  return {
    name,
    type: titleOf(field),
    numbers: numbersOf(isVector ? field.children[0]! : field),
    isVector,
    isText: textOffsetBits(type) !== undefined,
  };
}

function numbersOf({ type, children }: ArrowField): Column['numbers'] {
  switch (type.kind) {
    case 'Bool':
      return 'float32';
    case 'Int':
      return type.bits <= 16 ? 'float32' : 'float64';
    case 'Float':
      return type.bits === 64 ? 'float64' : 'float32';
    case 'Decimal':
      return 'float64';
    case 'RunEndEncoded':
      // within others it would have no nulls of its own, and runs in runs make no sense
      return children[1]!.type.kind === 'RunEndEncoded' ? undefined : numbersOf(children[1]!);
    default:
      return undefined;
  }
}

/** Name of a field's type in error messages. */
function titleOf({ type, children, dictionary }: ArrowField): string {
  if (dictionary) {
    return `Dictionary<${titleOf({ name: '', type: dictionary.index, children: [] })}, ${titleOf({ name: '', type, children })}>`;
  }
  const inner = children.slice(0, 4).map(titleOf).join(', ') + (children.length > 4 ? ', …' : '');
  const of = inner === '' ? '' : `<${inner}>`;
  switch (type.kind) {
    case 'Int':
      return `${type.isSigned ? 'Int' : 'Uint'}${type.bits}`;
    case 'Float':
    case 'Decimal':
      return `${type.kind}${type.bits}`;
    case 'List':
    case 'ListView':
      return `${type.offsetBits === 64 ? 'Large' : ''}${type.kind}${of}`;
    case 'FixedSizeList':
      return `FixedSizeList[${type.size}]${of}`;
    case 'other':
      return type.name + of;
    default:
      return type.kind + of;
  }
}
