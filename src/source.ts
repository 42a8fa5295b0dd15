import { fileURLToPath } from 'node:url';
import { AbstractMatrix } from 'ml-matrix';
import { type Chunk, PartCounter, rowsPerChunk } from './chunk.ts';
import { DataError, SettingError, weightless } from './errors.ts';
import { abortable } from './sources/abortable.ts';
import { Cutter, pickRows, pieces } from './sources/blocks.ts';
import { type ChunkStream, concatenate, type RowOptions } from './sources/concatenate.ts';
import { type FileOptions, fileParts, type Keep } from './sources/files.ts';
import { refuseWeightColumn } from './sources/formats.ts';
import { checkDeclared, type FlatRows, isFlatRows, type Rows, toBatch, toBatches } from './sources/rows.ts';
import { Skipped } from './sources/skipped.ts';
import { onceOnly, spool } from './sources/spool.ts';
import { openStream } from './sources/stream.ts';
import type { Part, ReadOptions, Table } from './sources/table.ts';
import type { FrontEnd } from './speech/front-end.ts';

/**
 * A stream of rows that can be read as often as one likes: every iteration starts over. Whoever writes one gives
 * `dimensions` and an async iterator over chunks or rows; `name` is for messages, `rows` for progress.
 */
export interface RowSource extends AsyncIterable<Rows> {
  readonly dimensions: number;
  readonly rows?: number | undefined;
  readonly name?: string | undefined;
}

/** Whatever rows can come as: see `open`. */
export type Data =
  | string
  | URL
  | readonly string[]
  | FlatRows
  | Rows
  | RowSource
  | AsyncIterable<Rows | Uint8Array | string>
  | Iterable<Rows>;

/** How data are read and cut. */
export interface SourceOptions extends Omit<FileOptions, 'skipped' | 'allowsMissing' | 'isLive' | 'isList'> {
  /** Row weights: a file or stream with one number for each row, or an array of numbers. */
  readonly weights?: Data | undefined;
  /**
   * What happens at a row that cannot be used as it is: 'error' (default); 'skip': it is left out and counted in `skipped`; or
   * 'missing': where numbers are missing (NaN, null, empty cells), the others are used.
   */
  readonly onInvalid?: InvalidRows | undefined;
  /** What messages call data without a path. */
  readonly name?: string | undefined;
  /** Size of a chunk, as 64-bit numbers; 1 MiB by default, less for few rows. */
  readonly chunkBytes?: number | undefined;
  /** Ends the work with the signal's reason, at the next chunk, or while waiting for a stream that gives nothing. */
  readonly signal?: AbortSignal | undefined;
}

const MOST_CHUNK_BYTES = 2 ** 30;

/** Few rows are cut into this many blocks, for threads to share, but none of fewer rows than are worth it. */
const FEWEST_BLOCKS = 8;
const FEWEST_ROWS = 1024;

/**
 * Rows, checked and cut into chunks, that can be read as often as needed.
 * Iterating throws DataError (with file, row and column) at the first thing that is wrong.
 */
export class Source implements AsyncIterable<Chunk> {
  readonly name: string;
  readonly dimensions: number;
  /** Rows of a block: of every chunk but the last of each part. */
  readonly rowsPerBlock: number;
  readonly #stream: ChunkStream;
  #rows: number | undefined;
  #parts = new PartCounter();

  constructor(stream: ChunkStream, chunkBytes?: number) {
    this.name = stream.name;
    this.dimensions = stream.dimensions;
    this.#stream = stream;
    this.rowsPerBlock = rowsPerChunk(stream.dimensions, chunkBytes);
    if (stream.rows !== undefined && chunkBytes === undefined) {
      const shared = Math.max(FEWEST_ROWS, Math.ceil(stream.rows / FEWEST_BLOCKS));
      this.rowsPerBlock = Math.min(this.rowsPerBlock, shared);
    }
    this.#rows = stream.rows;
  }

  /** What made rows of sound; undefined for rows that were numbers. */
  get frontEnd(): FrontEnd | undefined {
    return this.#stream.frontEnd;
  }

  /** How many rows there are; undefined until it is known (of text, after the first pass). */
  get rows(): number | undefined {
    return this.#rows;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk> {
    const cutter = new Cutter(this.rowsPerBlock);
    for await (const chunk of this.arriving()) yield* cutter.add(chunk);
    yield* cutter.end();
  }

  /** How many rows the last reading left out, and what was wrong with the first; null if rows are not to be skipped. */
  get skipped(): { readonly rows: number; readonly first: string | undefined } | null {
    const { skipped } = this.#stream;
    return skipped ? { rows: skipped.rows, first: skipped.first } : null;
  }

  /** The names of the files, or other parts, that it consists of. */
  get partNames(): readonly string[] {
    return this.#stream.partNames ?? [this.name];
  }

  /** How many utterances, and files that tell of none, the last reading has come to. */
  get partsRead(): number {
    return this.#parts.count;
  }

  /** Whether numbers may be missing (NaN). */
  get allowsMissing(): boolean {
    return this.#stream.allowsMissing === true;
  }

  /** The same rows in chunks as they arrive, no larger than blocks, without waiting for full ones. */
  async *arriving(): AsyncGenerator<Chunk> {
    let rows = 0;
    const parts = new PartCounter();
    this.#parts = parts;
    for await (const chunk of this.#stream.read()) {
      parts.add(chunk);
      yield* pieces(chunk, this.rowsPerBlock);
      rows += chunk.rows;
    }
    this.counted(rows);
  }

  /**
   * Takes down how many rows a whole reading gave.
   *
   * @throws DataError if there were none.
   */
  counted(rows: number): void {
    if (rows === 0) throw new DataError(`${this.name} is empty: expected rows of ${this.dimensions} numbers`);
    this.#rows = rows;
  }

  /** Those of the rows, numbered from 0, that are wanted; the parts stay apart. */
  select(name: string, wanted: (row: number) => boolean): Source {
    const { dimensions } = this;
    const everything = this.#stream;
    async function* read(): AsyncGenerator<Chunk> {
      let row = 0;
      for await (const chunk of everything.read()) {
        const before = row;
        const picked = pickRows(chunk, (n) => wanted(before + n));
        chunk.release?.();
        yield picked;
        row += chunk.rows;
      }
    }
    const { allowsMissing, frontEnd } = this;
    return new Source(
      { name, dimensions, allowsMissing, frontEnd, read, close: () => this.close() },
      8 * dimensions * this.rowsPerBlock,
    );
  }

  /**
   * The same rows without those of weight 0, which are no rows to whoever adds up.
   *
   * @throws DataError, when it is read, if all rows have weight 0.
   */
  countable(): Source {
    if (this.#stream.mayBeWeighted !== true) return this;
    const { name, dimensions, allowsMissing, frontEnd } = this;
    const everything = this.#stream;
    async function* read(): AsyncGenerator<Chunk> {
      const rows = { read: 0, kept: 0 };
      for await (const chunk of everything.read()) {
        const { weights } = chunk;
        const kept = weights?.includes(0) ? pickRows(chunk, (n) => weights[n] !== 0) : chunk;
        rows.read += chunk.rows;
        rows.kept += kept.rows;
        if (kept !== chunk) chunk.release?.();
        if (kept.rows > 0) yield kept;
      }
      if (rows.read > 0 && rows.kept === 0) throw weightless(name);
    }
    const stream = {
      name,
      dimensions,
      allowsMissing,
      frontEnd,
      skipped: everything.skipped,
      read,
      close: () => this.close(),
    };
    return new Source(stream, 8 * dimensions * this.rowsPerBlock);
  }

  /** Lets go of temporary files. */
  close(): Promise<void> {
    return this.#stream.close();
  }
}

/**
 * The one place where inputs are coerced: a path or glob, several of them (one stream, in the order given), an ml-matrix
 * `Matrix`, an array of rows, `{ data, dimensions }` with a flat typed array, a source of one's own, or a one-shot
 * iterable or Readable of rows, chunks or bytes (with `format`), which is spooled to a temporary file as it is read.
 *
 * @throws DataError where data are missing, or parts differ in their number of columns.
 */
export async function open(data: Data, options: SourceOptions = {}): Promise<Source> {
  return data instanceof Source ? data : openWith(data, options, spool);
}

/** As `open`, for data that are read once: a one-shot input is not kept. */
export async function openOnce(data: Data, options: SourceOptions = {}): Promise<Source> {
  return data instanceof Source ? data : openWith(data, options, onceOnly);
}

async function openWith(data: Data, options: SourceOptions, keep: Keep): Promise<Source> {
  const { weights, onInvalid = 'error', chunkBytes } = options;
  if (!Object.hasOwn(invalidRows, onInvalid)) {
    throw new SettingError(
      `onInvalid: received ${JSON.stringify(onInvalid)}, expected ${Object.keys(invalidRows).join(', ')}`,
    );
  }
  const policy = invalidRows[onInvalid]();
  const parts = await partsOf(data, { ...options, ...policy }, keep);
  const stream = concatenate(parts, { ...policy, weights: await weightStream(weights, options, keep) });
  const mayBeWeighted = weights !== undefined || options.weightColumn !== undefined || !hasNoWeights(data);
  return new Source({ ...stream, mayBeWeighted }, chunkBytes);
}

/** Whether data can be told to have no weights of their own: paths, and rows in memory. */
function hasNoWeights(data: Data): boolean {
  if (isFlatRows(data)) return data.weights === undefined;
  if (Array.isArray(data)) return !isFlatRows(data[0]);
  const isTyped = data instanceof Float64Array || data instanceof Float32Array;
  return typeof data === 'string' || data instanceof URL || isTyped || AbstractMatrix.isMatrix(data);
}

/** What can be done with rows that cannot be used as they are. */
export const invalidRows = {
  error: () => ({}),
  skip: () => ({ skipped: new Skipped() }),
  missing: () => ({ allowsMissing: true }),
} satisfies Record<string, () => Pick<RowOptions, 'skipped' | 'allowsMissing'>>;

/** error, skip or missing. */
export type InvalidRows = keyof typeof invalidRows;

async function weightStream(
  weights: Data | undefined,
  { signal }: SourceOptions,
  keep: Keep,
): Promise<ChunkStream | undefined> {
  if (weights === undefined) return undefined;
  const isList = Array.isArray(weights) && typeof weights[0] === 'number';
  const numbers = isList ? Float64Array.from(weights as number[]) : weights;
  const isTyped = numbers instanceof Float64Array || numbers instanceof Float32Array;
  const column = isTyped ? { data: numbers, dimensions: 1 } : numbers;
  return concatenate(await partsOf(column, { name: 'the row weights', signal, isList: true }, keep));
}

async function partsOf(data: Data, options: SourceOptions & ReadOptions, keep: Keep): Promise<Part[]> {
  const name = options.name ?? 'the data';
  const { chunkBytes } = options;
  const named = (part: Part): Part => {
    refuseWeightColumn(options, name);
    return part;
  };
  if (
    chunkBytes !== undefined &&
    !(Number.isSafeInteger(chunkBytes) && chunkBytes > 0 && chunkBytes <= MOST_CHUNK_BYTES)
  ) {
    throw new SettingError(`chunkBytes: received ${chunkBytes}, expected a whole number from 1 to ${MOST_CHUNK_BYTES}`);
  }
  if (typeof data === 'string') return fileParts([data], options, keep);
  if (data instanceof URL) {
    if (data.protocol !== 'file:')
      throw new DataError(`${data.href}: only file: URLs can be read; fetch it, and give its body`);
    return fileParts([fileURLToPath(data)], options, keep);
  }
  if (Array.isArray(data)) {
    if (data.length === 0) throw new DataError(`${name} is empty: expected rows`);
    if (data.every((item) => typeof item === 'string')) return fileParts(data, options, keep);
    if (!isFlatRows(data[0])) return [named(partInMemory(data, name))];
  }
  if (isRowSource(data)) return [named(partOfSource(data, data.name ?? name, options.signal))];
  const isRow = data instanceof Float64Array || data instanceof Float32Array;
  if (isRow || AbstractMatrix.isMatrix(data) || isFlatRows(data)) return [named(partInMemory(data, name))];
  if (isIterable(data)) {
    const items = options.signal ? abortable<unknown>(data, options.signal) : data;
    return [keep(name, await openStream(items, name, options))];
  }
  throw new DataError(
    `${name}: received ${data === null ? 'null' : typeof data}, expected a path, rows, or a stream of rows`,
  );
}

function partInMemory(data: unknown, name: string): Part {
  const { dimensions, ...batch } = toBatch(data, name);
  if (dimensions === 0) throw new DataError(`${name}: its rows have no columns`);
  const rows = batch.data.length / dimensions;
  return {
    name,
    dimensions,
    rows,
    open: async () => ({ dimensions, rows, batches: once(batch), close: async () => {} }),
  };
}

function partOfSource(source: RowSource, name: string, signal: AbortSignal | undefined): Part {
  const { dimensions, rows } = source;
  checkDeclared(dimensions, name);
  const items = (): AsyncIterable<unknown> => (signal ? abortable(source, signal) : source);
  const open = async (): Promise<Table> => ({
    dimensions,
    rows,
    batches: toBatches(items(), name, dimensions),
    close: async () => {},
  });
  return { name, dimensions, rows, open };
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

const isIterable = (data: unknown): data is AsyncIterable<unknown> | Iterable<unknown> =>
  typeof data === 'object' && data !== null && (Symbol.asyncIterator in data || Symbol.iterator in data);

const isRowSource = (data: unknown): data is RowSource =>
  isIterable(data) && Symbol.asyncIterator in data && typeof (data as Partial<RowSource>).dimensions === 'number';
