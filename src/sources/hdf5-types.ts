import type { Dataset } from 'h5wasm/node';
import { DataError } from '../errors.ts';
import { printable } from '../storage/h5.ts';
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
    `${name}: a dataset compressed by the filter ${filter} (${id}), which is not read: write it with gzip, as by h5repack -f GZIP=4`,
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
export async function numberTypeOf(dataset: Dataset, _path: string, name: string): Promise<NumberType> {
  const { metadata } = dataset;
  const { type, size, signed, enum_type: members, virtual_sources: sources } = metadata;
  if (sources) {
    const files = [...new Set(sources.map(({ file_name: file }) => printable(file)))].slice(0, 3).join(', ');
    throw new DataError(`${name}: a virtual dataset, whose rows are in other files (${files}): read those`);
  }
  const isTruth =
    type === ENUMERATION &&
    Object.keys(members?.members ?? {})
      .sort()
      .join() === 'FALSE,TRUE';
  const letter = type === FLOAT ? 'f' : type === INTEGER || isTruth ? (signed ? 'i' : 'u') : undefined;
  const numberType = letter && numberTypes[`${letter}${size}`];
  if (numberType) return numberType;
  const kind = letter
    ? `${letter === 'f' ? 'float' : 'integer'} of ${8 * size} bits`
    : (CLASSES[type] ?? `class ${type}`);
  throw new DataError(`${name}: a dataset of type ${kind}; expected integers, float16, float32 or float64`);
}
