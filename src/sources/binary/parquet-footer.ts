// The footer of a Parquet file, checked.
import { type FileMetaData, parquetMetadata, parquetSchema } from 'hyparquet';
import { DataError } from '../../errors.ts';
import { latin1 } from '../bytes.ts';
import { damaged } from './columnar.ts';
import { columnsOf, type ParquetColumn } from './parquet-schema.ts';
import { endOfStruct } from './thrift.ts';

/** Bytes of a file, which are there. */
export interface ByteRange {
  readonly size: number;
  /** Those between two places of the file. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Of the length and the mark at the end. */
const TAIL_BYTES = 8;
const LEAST_BYTES = 12;
const [MARK, ENCRYPTED_MARK] = ['PAR1', 'PARE'];

/** Metadata of a file. */
export interface Footer {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  readonly groups: FileMetaData['row_groups'];
}

/**
 * Reads the footer of a file, which says where everything is.
 *
 * @throws DataError where it is no Parquet, encrypted, or does not agree with itself.
 */
export async function readFooter(file: ByteRange, name: string): Promise<Footer> {
  const { size } = file;
  if (size < LEAST_BYTES) {
    throw new DataError('empty', `${name} is ${size === 0 ? 'empty' : 'too short'}: expected a Parquet file`, {
      source: name,
    });
  }
  const tail = await file.read(size - TAIL_BYTES, size);
  const mark = latin1(tail.subarray(4));
  if (mark === ENCRYPTED_MARK)
    throw new DataError('unsupported', `${name} has an encrypted footer: decrypt it first`, { source: name });
  if (mark !== MARK) {
    throw new DataError(
      'wrong-format',
      `${name} is no Parquet file, or was cut short: it does not end with the mark ${MARK}`,
      { source: name },
    );
  }
  const length = new DataView(tail.buffer).getUint32(0, true);
  if (length > size - LEAST_BYTES) throw damaged(name, `a footer of ${length} bytes in a file of ${size}`);
  const bytes = await file.read(size - TAIL_BYTES - length, size);
  try {
    endOfStruct(bytes.subarray(0, length), 0);
    const metadata = parquetMetadata(bytes, { geoparquet: false });
    const tree = parquetSchema(metadata);
    check(metadata, tree.count);
    return { rows: Number(metadata.num_rows), columns: columnsOf(tree), groups: metadata.row_groups };
  } catch (error) {
    throw damaged(
      name,
      error instanceof RangeError ? `its footer has ${error.message}` : 'its footer cannot be understood',
    );
  }
}

/** Checks the used part of the footer; hyparquet does not. */
function check({ schema, num_rows: rows, row_groups: groups }: FileMetaData, elements: number): void {
  if (elements !== schema.length) throw new RangeError(`${schema.length} elements of a schema of ${elements}`);
  for (const { name, num_children: children = 0, repetition_type: repetition } of schema.slice(1)) {
    if (!(children >= 0) || repetition === undefined || name === undefined)
      throw new RangeError('elements of the schema that cannot be');
  }
  let sum = 0n;
  for (const { num_rows: count } of groups) {
    if (!(typeof count === 'bigint' && count >= 0n))
      throw new RangeError(`a row group of ${typeof count === 'bigint' ? count : 'no'} rows`);
    sum += count;
  }
  if (sum !== rows)
    throw new RangeError(`${typeof rows === 'bigint' ? rows : 'no'} rows, but ${sum} in its row groups`);
}
