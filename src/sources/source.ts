// Source: rows, checked and cut into chunks, that can be read again; and open.
import { type Chunk, rowsPerChunk } from '../chunk.ts';
import { DataError, SettingError } from '../errors.ts';
import type { FrontEnd } from '../speech/front-end.ts';
import { Cutter, pieces } from '../util/blocks.ts';
import { checkOptionsBy, checkValue, oneOf } from '../util/options.ts';
import type { ChunkStream, Known, PassOver, StreamPlace } from './chunk-stream.ts';
import { concatenate } from './concatenate.ts';
import { invalidRows, type RowData, type SourceOptions, sourceOptions } from './data.ts';
import { hashOfHeldOut, type SourceFingerprint } from './fingerprint.ts';
import { countable, selected } from './picked.ts';
import { RowCache } from './row-cache.ts';
import { isFlatRows, RowReader } from './rows.ts';
import { Shapes } from './shapes.ts';
import { onceOnly, spool } from './spool.ts';
import type { Keep } from './table.ts';
import { type InputKind, kindOf } from './values/inputs.ts';
import { isNumbers, type NumberArray } from './values/numbers.ts';
import { partsOf } from './values/parts.ts';

/** Few rows are cut into this many blocks, for threads to share, but none of fewer rows than are worth it. */
const FEWEST_BLOCKS = 8;
const FEWEST_ROWS = 1024;

/** Rows cut in two, which one reading can give both sides of. */
export interface RowPartition {
  readonly whole: Source;
  isHeldOut(row: number): boolean;
}

/** One of its sides. */
export interface PartitionSide {
  readonly of: RowPartition;
  readonly isHeldOut: boolean;
}

/** A chunk as it arrives, and where a reading can go on with its first row, unless it continues another chunk. */
export interface ArrivingChunk {
  readonly chunk: Chunk;
  readonly place: StreamPlace | undefined;
}

/**
 * Rows, checked and cut into chunks, that can be read any number of times.
 *
 * Made by `openData`. Iterating yields chunks, and throws a DataError that names file, row and column at the first
 * row that cannot be used.
 */
export class Source implements AsyncIterable<Chunk> {
  /** Name in error messages: the path, or the `name` option. */
  readonly name: string;
  /** Numbers per row. */
  readonly dimensions: number;
  /** Rows per chunk, except for the last chunk of each file. */
  readonly rowsPerBlock: number;
  readonly #stream: ChunkStream;
  /** Set if these rows are a side of a partition. */
  readonly side: PartitionSide | undefined;
  #rows: number | undefined;

  /** Made by `openData`. */
  constructor(stream: ChunkStream, chunkBytes?: number, side?: PartitionSide) {
    this.side = side;
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

  /** How sound became rows; undefined for data that are numbers. */
  get frontEnd(): FrontEnd | undefined {
    return this.#stream.frontEnd;
  }

  /** Number of rows; undefined until known (for text, after the first pass). */
  get rows(): number | undefined {
    return this.#rows;
  }

  /**
   * Reads the rows from the start, in chunks of `rowsPerBlock` rows.
   *
   * @throws DataError at the first row that cannot be used.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk> {
    const cutter = new Cutter(this.rowsPerBlock);
    for await (const chunk of this.arriving()) yield* cutter.add(chunk);
    yield* cutter.end();
  }

  /** Rows that the last reading left out, and what was wrong with the first; null unless `onInvalid` is 'skip'. */
  get skipped(): { readonly rows: number; readonly first: string | undefined } | null {
    const { skipped } = this.#stream;
    return skipped ? { rows: skipped.rows, first: skipped.first } : null;
  }

  /** Whether numbers may be missing (NaN). */
  get allowsMissing(): boolean {
    return this.#stream.allowsMissing === true;
  }

  /**
   * Reads the rows in chunks as they arrive, at most `rowsPerBlock` rows each, without waiting for full ones: every
   * chunk is of one part, and knows the times of its rows.
   */
  async *arriving(): AsyncGenerator<Chunk> {
    for await (const { chunk } of this.placed()) yield chunk;
  }

  /**
   * The same, or what is left of it from a place on, with the places where a reading can go on; a chunk that continues another has none.
   */
  async *placed(from?: StreamPlace, passOver?: PassOver): AsyncGenerator<ArrivingChunk> {
    let rows = from?.rows ?? 0;
    for await (const { chunk, place } of this.#stream.read(from, passOver)) {
      let isFirst = true;
      for (const piece of pieces(chunk, this.rowsPerBlock)) {
        yield { chunk: piece, place: isFirst ? place : undefined };
        isFirst = false;
      }
      rows += chunk.rows;
    }
    this.counted(rows);
  }

  /**
   * Records how many rows a complete reading gave.
   *
   * @throws DataError if there were none.
   */
  counted(rows: number): void {
    if (rows === 0)
      throw new DataError('empty', `${this.name} is empty: expected rows of ${this.dimensions} numbers`, {
        source: this.name,
      });
    this.#rows = rows;
  }

  /** Returns a source of the rows, numbered from 0, for which `wanted` returns true; parts stay apart. */
  select(name: string, wanted: (row: number) => boolean, side?: PartitionSide): Source {
    return this.#ofStream(selected(this, this.#stream, name, wanted), side);
  }

  /**
   * Returns a source without the rows of weight 0.
   *
   * @throws DataError, when it is read, if all rows have weight 0.
   */
  countable(): Source {
    return this.#stream.mayBeWeighted === true ? this.#ofStream(countable(this, this.#stream)) : this;
  }

  #ofStream(stream: ChunkStream, side?: PartitionSide): Source {
    return new Source(stream, 8 * this.dimensions * this.rowsPerBlock, side);
  }

  /** What readings have found so far, as plain data: for `remember`, where the same data are opened again. */
  get known(): Known {
    return { rows: this.#rows, of: this.#stream.known() };
  }

  /** What the data can be recognised by; undefined while an input that can be read once was not read to its end. */
  async fingerprint(): Promise<SourceFingerprint | undefined> {
    const found = await this.#stream.fingerprint();
    return found && this.side ? { ...found, heldOut: await hashOfHeldOut(this.side.of.isHeldOut) } : found;
  }

  /** Takes over what another opening of the same data has found. */
  remember(known: Known): void {
    this.#rows = known.rows ?? this.#rows;
    if (known.of) this.#stream.remember(known.of);
  }

  /** Closes the data and removes temporary files. */
  close(): Promise<void> {
    return this.#stream.close();
  }

  /** Closes it, for `await using source = await openData(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens data for reading.
 *
 * Accepts a path or glob; several of them (one stream, in the order given); with a `format` bytes in memory, in
 * pieces, in a Blob or in a Response; an ml-matrix `Matrix`; an array of rows (arrays, typed arrays, or objects); `{
 * data, dimensions }`; a repeatable source of your own; or a one-shot iterable or stream of rows, chunks or bytes,
 * which is kept in a temporary file during the first reading.
 *
 * @throws FileError for files that cannot be read; DataError for data that cannot be used, or parts that differ in their
 * number of columns; SettingError for unknown or invalid options.
 *
 * @example
 * ```js
 * import { openData } from 'megamix';
 *
 * const source = await openData(['train.npy', 'test.npy']);
 * console.log(source.rows, source.dimensions);
 * for await (const { data, rows } of source) console.log(rows, data[0]);
 * await source.close();
 * ```
 */
export async function openData(data: RowData, options: SourceOptions = {}): Promise<Source> {
  checkOptionsBy(sourceOptions, options);
  return openAgain(data, options);
}

/** Like `openData`, for checked options; `keep` says how one-shot inputs are kept. */
export async function openAgain(data: RowData, options: SourceOptions = {}, keep: Keep = spool): Promise<Source> {
  return data instanceof Source ? opened(data, options) : openWith(data, options, keep);
}

/** The same, for data that are read once: a one-shot input is not kept. */
export async function openOnce(data: RowData, options: SourceOptions = {}): Promise<Source> {
  return data instanceof Source ? opened(data, options) : openWith(data, { ...options, cacheBytes: 0 }, onceOnly);
}

/** Refuses options of opening for data that are open already. */
function opened(source: Source, options: SourceOptions): Source {
  const late = ([...TO_OPEN, 'cacheBytes', 'weights'] as const).find((name) => options[name] !== undefined);
  if (late)
    throw new SettingError('setting-conflict', `${late}: ${source.name} is open already: say it when it is opened`, {
      setting: late,
    });
  return source;
}

const CACHE_BYTES = 2 ** 30;

const TO_OPEN = [
  'format',
  'columns',
  'delimiter',
  'header',
  'channel',
  'frontEnd',
  'allowCommands',
  'segments',
  'groups',
  'voiced',
  'weightColumn',
  'utteranceColumn',
  'timeColumn',
  'onInvalid',
  'chunkBytes',
] as const;

/** Options without those that do not concern data that are open, or no bytes, where other data that they are for are. */
export function sharedOptions<T extends SourceOptions>(data: RowData, options: T, name: string): T {
  const isOpen = data instanceof Source;
  if (!isOpen && !rowKinds.has(kindOf(data, name))) return options;
  const left = isOpen ? [...TO_OPEN, 'cacheBytes'] : TO_OPEN.slice(0, -2);
  return { ...options, ...Object.fromEntries(left.map((option) => [option, undefined])) };
}

const rowKinds: ReadonlySet<InputKind> = new Set(['rows', 'chunks', 'source']);

async function openWith(data: RowData, options: SourceOptions, keep: Keep): Promise<Source> {
  const { weights, onInvalid = 'error', chunkBytes, cacheBytes = CACHE_BYTES } = options;
  checkValue('onInvalid', onInvalid, oneOf(invalidRows));
  const policy = invalidRows[onInvalid]();
  const shapes = new Shapes(options);
  const made = shapes.parts(await partsOf(data, { ...options, ...policy }, shapes.keep(keep)));
  const isCached = cacheBytes > 0 && onInvalid !== 'skip'; // what is left out is counted while it is decoded
  const cache = new RowCache(cacheBytes);
  const parts = isCached ? made.map((part) => (part.isDecoded ? cache.part(part) : part)) : made;
  const { signal } = options;
  const stream = concatenate(parts, { ...policy, signal, weights: await weightStream(weights, options, keep) });
  const mayBeWeighted = weights !== undefined || options.weightColumn !== undefined || !hasNoWeights(data);
  const given = {
    ...Object.fromEntries(TO_OPEN.map((name) => [name, options[name]])),
    frontEnd: stream.frontEnd,
    onInvalid,
  };
  const fingerprint = async (): Promise<SourceFingerprint | undefined> => {
    const found = await stream.fingerprint();
    return found && { ...found, options: given };
  };
  return new Source({ ...stream, mayBeWeighted, fingerprint }, chunkBytes);
}

const unweighted: ReadonlySet<InputKind> = new Set(['path', 'paths', 'url', 'bytes', 'pieces', 'blob', 'body', 'rows']);

/** Whether data are known to have no weights of their own. */
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
