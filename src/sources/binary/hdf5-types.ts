// Which HDF5 types and filters are read.
import type { Dataset } from 'h5wasm/node';
import { DataError } from '../../errors.ts';
import { addressOf, superblockOf, withFile } from '../../files/hdf5.ts';
import { printable } from '../../util/shown.ts';
import { readStoredType, type StoredType } from './hdf5-headers.ts';
import { type NumberType, numberTypes } from './number-types.ts';

/** Filters that the library has, by their numbers. */
const KNOWN_FILTERS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6]);

/** The others that are registered with The HDF Group. */
const FILTERS: Readonly<Record<number, string>> = {
  305: 'LZO',
  307: 'bzip2',
  32000: 'LZF',
  32001: 'Blosc',
  32002: 'MAFISC',
  32003: 'Snappy',
  32004: 'LZ4',
  32005: 'APAX',
  32006: 'CBF',
  32007: 'JPEG-XR',
  32008: 'bitshuffle',
  32009: 'SPDP',
  32010: 'LPC-Rice',
  32011: 'CCSDS-123',
  32012: 'JPEG-LS',
  32013: 'ZFP',
  32014: 'fpzip',
  32015: 'Zstandard',
  32016: 'B³D',
  32017: 'SZ',
  32018: 'FCIDECOMP',
  32019: 'JPEG',
  32020: 'VBZ',
  32021: 'FAPEC',
  32022: 'BitGroom',
  32023: 'Granular BitRound',
  32024: 'SZ3',
  32025: 'Delta-Rice',
  32026: 'Blosc2',
  32027: 'FLAC',
  32028: 'SPERR',
  32029: 'TERSE/PROLIX',
  32030: 'FFMPEG',
};

/** @throws DataError where chunks went through a filter that is not read. */
export function checkFilters({ filters }: Dataset, name: string): void {
  const unknown = filters.find(({ id }) => !KNOWN_FILTERS.has(id));
  if (!unknown) return;
  const { id, name: title } = unknown;
  const filter = FILTERS[id] ?? (title === '' ? 'unknown to HDF5' : printable(title));
  throw new DataError(
    'unsupported',
    `${name}: a dataset compressed by the filter ${filter} (${id}), which is not read: write it with gzip, as by h5repack -f GZIP=4`,
    { source: name },
  );
}

/** Classes of types that are no numbers, by their numbers in HDF5. */
const CLASSES: Readonly<Record<number, string>> = {
  2: 'time',
  3: 'string',
  4: 'bitfield',
  5: 'opaque',
  6: 'compound',
  7: 'reference',
  8: 'enumeration',
  9: 'variable-length',
  10: 'array',
  11: 'complex',
};
const [INTEGER, FLOAT, ENUMERATION] = [0, 1, 8];

/** How the numbers of a dataset are stored, once the library turned their bytes to little-endian. */
export function numberTypeOf(dataset: Dataset, path: string, name: string): NumberType {
  const { type, size, signed, enum_type: members, virtual_sources: sources } = dataset.metadata;
  if (sources) {
    const files = [...new Set(sources.map(({ file_name: file }) => printable(file)))].slice(0, 3).join(', ');
    throw new DataError(
      'unsupported',
      `${name}: a virtual dataset, whose rows are in other files (${files}): read those`,
      { source: name },
    );
  }
  const { datatype, isExternal } = storedTypeOf(dataset, path);
  if (isExternal) {
    throw new DataError(
      'unsupported',
      `${name}: a dataset whose rows are in an external file, which is not read: copy it by h5repack`,
      { source: name },
    );
  }
  const isTruth =
    type === ENUMERATION &&
    Object.keys(members?.members ?? {})
      .sort()
      .join() === 'FALSE,TRUE';
  const bits = datatype && type === INTEGER ? bitsOf(datatype) : undefined;
  if (
    type === INTEGER &&
    bits &&
    size <= 8 &&
    (bits.offset > 0 || bits.precision < 8 * size || !numberTypes[`i${size}`])
  ) {
    return partOf(size, bits, signed);
  }
  const letter = type === FLOAT ? 'f' : type === INTEGER || isTruth ? (signed ? 'i' : 'u') : undefined;
  const numberType = letter && numberTypes[`${letter}${size}`];
  const isKnown = type !== FLOAT || !datatype || isIeee(datatype, size);
  if (numberType && isKnown) return numberType;
  const kind = letter
    ? `${letter === 'f' ? 'float' : 'integer'} of ${8 * size} bits${isKnown ? '' : ', not those of IEEE 754'}`
    : (CLASSES[type] ?? `class ${type}`);
  throw new DataError(
    'wrong-shape',
    `${name}: a dataset of type ${kind}; expected integers, float16, float32 or float64`,
    { source: name },
  );
}

/** As the file has it; a header that cannot be read here is left to the library, which reads it as well. */
function storedTypeOf(dataset: Dataset, path: string): StoredType {
  try {
    const stored = withFile(path, (file) => readStoredType(file, superblockOf(file), addressOf(dataset)));
    const { type, size } = dataset.metadata;
    const { datatype } = stored;
    // behind a link to another file, the header is there
    const isIts = datatype && (datatype.getUint8(0) & 15) === type && datatype.getUint32(4, true) === size;
    return isIts ? stored : { ...stored, datatype: undefined };
  } catch (error) {
    if (error instanceof RangeError) return { datatype: undefined, isExternal: false };
    throw error;
  }
}

interface Bits {
  readonly offset: number;
  readonly precision: number;
}

/** Which bits of a number are used. */
function bitsOf(datatype: DataView): Bits {
  return { offset: datatype.getUint16(8, true), precision: datatype.getUint16(10, true) };
}

/** Properties of the floats of IEEE 754 by their size: offset, precision, places and sizes of exponent and mantissa, bias. */
const IEEE: Readonly<Record<number, string>> = {
  2: '0,16,10,5,0,10,15',
  4: '0,32,23,8,0,23,127',
  8: '0,64,52,11,0,52,1023',
};

function isIeee(datatype: DataView, size: number): boolean {
  const { offset, precision } = bitsOf(datatype);
  const parts = [12, 13, 14, 15].map((at) => datatype.getUint8(at));
  return [offset, precision, ...parts, datatype.getUint32(16, true)].join() === IEEE[size];
}

/** Whole numbers that take only some of their bits, or of sizes that machines lack. */
function partOf(bytes: number, { offset, precision }: Bits, isSigned: boolean): NumberType {
  return {
    bytes,
    make: (length) => new Float64Array(length),
    decode(raw, out) {
      for (let i = 0, at = 0; i < out.length; i++, at += bytes) {
        let value = 0n;
        for (let byte = bytes - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(raw[at + byte]!);
        value >>= BigInt(offset);
        out[i] = Number(isSigned ? BigInt.asIntN(precision, value) : BigInt.asUintN(precision, value));
      }
      return true;
    },
    swap: () => {},
  };
}
