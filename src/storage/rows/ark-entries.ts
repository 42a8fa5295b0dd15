// Matrices, vectors and posteriors as Kaldi's archives hold them, binary or text.
import { DataError } from '../../errors.ts';
import { bytesOf, checkRun, type Numbers } from '../../files/header-and-rows.ts';
import { CompressedMatrix } from './ark-compressed.ts';
import type { RowRun } from './runs.ts';

const MOST_ROWS = 2 ** 31 - 1;

/** One entry: what comes before its rows, once their number is known, and its rows as they come. */
export interface EntryFormat {
  /** Of a number of rows; always of the same length, except where nothing was written before. */
  header(rows: number): Uint8Array | string;
  encode(run: RowRun): Uint8Array | string;
  end?(): Uint8Array | string;
}

/** How rows are to be written. */
export interface EntryOptions {
  readonly columns: number | undefined;
  readonly isText: boolean;
  readonly compress: boolean;
}

/**
 * The format of an entry whose rows are as the first: labels become a vector of whole numbers, one number a row a vector, sparse rows a posterior, all else a
 * matrix.
 */
export function entryFormat(key: string, first: RowRun, options: EntryOptions): EntryFormat {
  const { columns, isText, compress } = options;
  const kind = first.components
    ? 'posterior'
    : columns !== undefined
      ? 'matrix'
      : first.data instanceof Int32Array
        ? 'labels'
        : 'vector';
  const width = columns ?? 1;
  const checked = (format: EntryFormat): EntryFormat => ({
    end: () => format.end?.() ?? '',
    header: (rows) => format.header(checkRows(rows, key)),
    encode(run) {
      checkRun(run.data, first.data, width, key);
      return format.encode(run);
    },
  });
  if (isText) return checked(texts[kind](width));
  if (kind === 'matrix' && compress) return checked(new CompressedMatrix(key, width));
  return checked(binaries[kind](width, first.data instanceof Float32Array));
}

type Kind = 'posterior' | 'matrix' | 'labels' | 'vector';

/** Kaldi's text form, as copy-feats and its like print it. */
const texts: Readonly<Record<Kind, (columns: number) => EntryFormat>> = {
  matrix: (columns) => ({
    header: () => ' [',
    encode: ({ data }) => byRow(data, columns, (row) => `\n  ${row.join(' ')} `),
    end: () => ']\n',
  }),
  vector: () => ({ header: () => ' [ ', encode: ({ data }) => `${data.join(' ')} `, end: () => ']\n' }),
  labels: () => ({ header: () => '', encode: ({ data }) => `${data.join(' ')} `, end: () => '\n' }),
  posterior: (columns) => ({
    header: () => '',
    encode: ({ data, components }) =>
      byRow(
        data,
        columns,
        (row, at) => `[ ${Array.from(row, (value, i) => `${components![at + i]} ${value}`).join(' ')} ] `,
      ),
    end: () => '\n',
  }),
};

const binaries: Readonly<Record<Kind, (columns: number, isSingle: boolean) => EntryFormat>> = {
  matrix: (columns, isSingle) => ({
    header: (rows) => bytes(`\0B${isSingle ? 'F' : 'D'}M `, rows, rows === 0 ? 0 : columns),
    encode: ({ data }) => bytesOf(floats(data)),
  }),
  vector: (_, isSingle) => ({
    header: (rows) => bytes(`\0B${isSingle ? 'F' : 'D'}V `, rows),
    encode: ({ data }) => bytesOf(floats(data)),
  }),
  labels: () => ({
    header: (rows) => bytes('\0B', rows),
    encode({ data }) {
      const out = Buffer.alloc(5 * data.length, 4);
      for (const [i, label] of data.entries()) out.writeInt32LE(label, 5 * i + 1);
      return out;
    },
  }),
  posterior: (columns) => ({
    header: (rows) => bytes('\0B', rows),
    encode({ data, components }) {
      const rowBytes = 5 + 10 * columns;
      const out = Buffer.alloc((data.length / columns) * rowBytes, 4);
      for (let i = 0; i < data.length; i++) {
        const row = Math.floor(i / columns) * rowBytes;
        const at = row + 5 + 10 * (i % columns);
        out.writeInt32LE(columns, row + 1);
        out.writeInt32LE(components![i]!, at + 1);
        out.writeFloatLE(data[i]!, at + 6);
      }
      return out;
    },
  }),
};

/** A mark, and whole numbers, each behind the number of its bytes. */
function bytes(mark: string, ...sizes: number[]): Buffer {
  const out = Buffer.alloc(mark.length + 5 * sizes.length, 4);
  out.write(mark, 'latin1');
  for (const [i, size] of sizes.entries()) out.writeInt32LE(size, mark.length + 5 * i + 1);
  return out;
}

const floats = (data: Numbers): Numbers => (data instanceof Int32Array ? Float64Array.from(data) : data);

function byRow(data: Numbers, columns: number, toText: (row: Numbers, at: number) => string): string {
  let text = '';
  for (let at = 0; at < data.length; at += columns) text += toText(data.subarray(at, at + columns), at);
  return text;
}

function checkRows(rows: number, key: string): number {
  if (rows <= MOST_ROWS) return rows;
  throw new DataError(
    'unwritable-rows',
    `${key}: ${rows} rows, but a matrix of Kaldi has room for ${MOST_ROWS}: split the data`,
    { source: key },
  );
}
