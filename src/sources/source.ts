// Source: rows, checked and cut into chunks, that can be read again; and open.
import { type Chunk, PartCounter, rowsPerChunk } from '../chunk.ts';
import { DataError, SettingError, weightless } from '../errors.ts';
import type { FrontEnd } from '../speech/front-end.ts';
import { Cutter, pickRows, pieces } from '../util/blocks.ts';
import { checkOptionsBy, checkValue, oneOf } from '../util/options.ts';
import type { ChunkStream } from './chunk-stream.ts';
import { concatenate } from './concatenate.ts';
import type { RowData, SourceOptions } from './data.ts';
import { invalidRows, sourceOptions } from './data.ts';
import type { Keep } from './files.ts';
import { isFlatRows, RowReader } from './rows.ts';
import { onceOnly, spool } from './spool.ts';
import { type InputKind, kindOf } from './values/inputs.ts';
import { isNumbers, type NumberArray } from './values/numbers.ts';
import { partsOf } from './values/parts.ts';

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

  /** Closes it, for `await using source = await openData(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * The one place where inputs are coerced: a path or glob, several of them (one stream, in the order given), bytes in memory, in pieces,
 * in a Blob or in a Response (with `format`), an ml-matrix `Matrix`, an array of rows (arrays, typed arrays, or objects),
 * `{ data, dimensions }`, a source of one's own, or a one-shot iterable or stream of rows, chunks or bytes, which is spooled to a
 * temporary file as it is read.
 *
 * @throws DataError where data are missing, or parts differ in their number of columns; SettingError for options that are none.
 */
export async function openData(data: RowData, options: SourceOptions = {}): Promise<Source> {
  checkOptionsBy(sourceOptions, options);
  return openAgain(data, options);
}

/** As `openData`, with options that were looked at. */
export async function openAgain(data: RowData, options: SourceOptions = {}): Promise<Source> {
  return data instanceof Source ? opened(data, options) : openWith(data, options, spool);
}

/** The same, for data that are read once: a one-shot input is not kept. */
export async function openOnce(data: RowData, options: SourceOptions = {}): Promise<Source> {
  return data instanceof Source ? opened(data, options) : openWith(data, options, onceOnly);
}

/** What says how data are to be opened comes too late for those that are. */
function opened(source: Source, options: SourceOptions): Source {
  const late = ([...TO_OPEN, 'weights'] as const).find((name) => options[name] !== undefined);
  if (late) throw new SettingError(`${late}: ${source.name} is open already: say it when it is opened`);
  return source;
}

const TO_OPEN = [
  'format',
  'columns',
  'delimiter',
  'header',
  'channel',
  'frontEnd',
  'weightColumn',
  'onInvalid',
  'chunkBytes',
] as const;

/** Options without those that do not concern data that are open, or no bytes, where other data that they are for are. */
export function sharedOptions<T extends SourceOptions>(data: RowData, options: T, name: string): T {
  const isOpen = data instanceof Source;
  if (!isOpen && !rowKinds.has(kindOf(data, name))) return options;
  const left = isOpen ? TO_OPEN : TO_OPEN.slice(0, -2);
  return { ...options, ...Object.fromEntries(left.map((option) => [option, undefined])) };
}

const rowKinds: ReadonlySet<InputKind> = new Set(['rows', 'chunks', 'source']);

async function openWith(data: RowData, options: SourceOptions, keep: Keep): Promise<Source> {
  const { weights, onInvalid = 'error', chunkBytes } = options;
  checkValue('onInvalid', onInvalid, oneOf(invalidRows));
  const policy = invalidRows[onInvalid]();
  const parts = await partsOf(data, { ...options, ...policy }, keep);
  const { signal } = options;
  const stream = concatenate(parts, { ...policy, signal, weights: await weightStream(weights, options, keep) });
  const mayBeWeighted = weights !== undefined || options.weightColumn !== undefined || !hasNoWeights(data);
  return new Source({ ...stream, mayBeWeighted }, chunkBytes);
}

const unweighted: ReadonlySet<InputKind> = new Set(['path', 'paths', 'url', 'bytes', 'pieces', 'blob', 'body', 'rows']);

/** Whether data can be told to have no weights of their own. */
const hasNoWeights = (data: RowData): boolean =>
  unweighted.has(kindOf(data, '')) && !(isFlatRows(data) && data.weights !== undefined);

async function weightStream(
  weights: RowData | undefined,
  { signal }: SourceOptions,
  keep: Keep,
): Promise<ChunkStream | undefined> {
  if (weights === undefined) return undefined;
  const name = 'the row weights';
  const column = isList(weights) ? { data: new RowReader(name).read(weights).data, dimensions: 1 } : weights;
  return concatenate(await partsOf(column, { name, signal, isList: true }, keep));
}

/** Whether these are numbers one after the other, which as data would be a row. */
const isList = (weights: RowData): weights is NumberArray | readonly number[] =>
  isNumbers(weights) || (Array.isArray(weights) && (typeof weights[0] === 'number' || typeof weights[0] === 'bigint'));
