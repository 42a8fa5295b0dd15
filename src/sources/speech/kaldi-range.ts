// Row and column ranges of a Kaldi matrix.
import { DataError } from '../../errors.ts';
import type { Place } from '../place.ts';
import type { Batch } from '../table.ts';
import type { UtteranceMatrix } from './matrix.ts';

/** The first and the last; all where there are none. */
type Span = readonly [first: number, last: number] | undefined;

/** Which rows and columns of a matrix are meant, from 0. */
export interface MatrixRange {
  readonly rows: Span;
  readonly columns: Span;
}

/** Frames at the edges, and times of two decimals: a list may ask for this many rows too many. */
const TOLERANCE = 3;

/** `rows` or `rows,columns`, each `first:last` or `:`. Source: Kaldi's util/kaldi-holder.cc (ParseMatrixRangeSpecifier). */
export function parseRange(range: string, place: Place): MatrixRange {
  const spans = range.split(',').map(parseSpan);
  const [rows, columns = undefined] = spans;
  if (spans.length > 2 || rows === null || columns === null) {
    throw new DataError(
      'damaged',
      `${place}: received the range [${range}], expected rows from 0, or rows and columns, as in [0:99] or [0:99,0:12]`,
      { source: place.source },
    );
  }
  return { rows, columns };
}

/** Null for what is none. */
function parseSpan(text: string): Span | null {
  if (text === ':') return undefined;
  const [, first, last] = /^(\d{1,15}):(\d{1,15})$/.exec(text) ?? [];
  return first !== undefined && Number(first) <= Number(last) ? [Number(first), Number(last)] : null;
}

/** That part of a matrix, which must exist, except for up to three rows, which are reported to `tell`. */
export function rangeOf(
  { dimensions, batches }: UtteranceMatrix,
  { rows, columns }: MatrixRange,
  place: Place,
  tell: (what: string) => void,
): UtteranceMatrix {
  if (columns && columns[1] >= dimensions) {
    throw new DataError(
      'unknown-column',
      `${place}: it has ${dimensions} columns, but the list asks for columns ${columns[0]} to ${columns[1]} (from 0)`,
      { source: place.source },
    );
  }
  const [from, to] = columns ? [columns[0], columns[1] + 1] : [0, dimensions];
  async function* picked(): AsyncGenerator<Batch> {
    for await (const batch of rows ? rowsOf(batches, dimensions, rows, place, tell) : batches) {
      yield columns ? { data: columnsOf(batch, dimensions, from, to), release: batch.release } : batch;
    }
  }
  return { dimensions: to - from, batches: picked() };
}

async function* rowsOf(
  batches: AsyncGenerator<Batch>,
  dimensions: number,
  [first, last]: readonly [number, number],
  place: Place,
  tell: (what: string) => void,
): AsyncGenerator<Batch> {
  let row = 0;
  for await (const batch of batches) {
    const count = batch.data.length / dimensions;
    const [from, to] = [Math.max(first - row, 0), Math.min(last + 1 - row, count)];
    if (from < to) yield { data: batch.data.slice(from * dimensions, to * dimensions) };
    batch.release?.();
    row += count;
    if (row > last) return;
  }
  const asked = `${place}: it has ${row} rows, but the list asks for rows ${first} to ${last} (from 0)`;
  if (first >= row || last >= row + TOLERANCE) throw new DataError('truncated', asked, { source: place.source });
  tell(`${asked}: those that are there were taken, as Kaldi does`);
}

function columnsOf({ data }: Batch, dimensions: number, from: number, to: number): Batch['data'] {
  const rows = data.length / dimensions;
  const width = to - from;
  const out = new (data.constructor as Float64ArrayConstructor)(rows * width);
  for (let n = 0; n < rows; n++) out.set(data.subarray(n * dimensions + from, n * dimensions + to), n * width);
  return out;
}
