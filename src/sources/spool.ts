// Makes a stream repeatable, by a temporary file or one that stays beside a checkpoint.
import { rowsPerChunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import type { PartFingerprint } from './fingerprint.ts';
import {
  type CompleteSpool,
  completeSpool,
  KEPT_BESIDE,
  type KeptRows,
  newId,
  newSpool,
  removeSpool,
  type SpoolFile,
  temporarySpool,
} from './spool-file.ts';
import type { Batch, Keep, Part, Table, TablePlace } from './table.ts';

/** Keeps what can be read only once in a temporary file, whose name is removed as soon as it is open: nothing is left behind. */
export const spool: Keep = async (name, openLive) => spooled(name, await openLive());

/**
 * Keeps what can be read only once beside a checkpoint: in `${path}.spool-1`, `-2`, … in the order in which inputs are opened. The files stay; where
 * one is complete and work is resumed, the input is not opened.
 */
export function spoolBeside(path: string, isResumed: boolean): Keep {
  let count = 0;
  return async (name, openLive) => {
    const own = `${path}.spool-${++count}`;
    const complete = isResumed ? await completeSpool(own, name) : undefined;
    if (complete) return new Spool({ ...complete.kept, name }, complete);
    await removeSpool(own);
    return spooled(name, await openLive(), () => newSpool(own));
  };
}

/** Does not keep it: it is read once. */
export const onceOnly: Keep = async (name, openLive) => readOnce(name, await openLive());

/** Makes a table that can be read only once repeatable: the first pass writes it to a file, later ones read that. */
export const spooled = (name: string, live: Table, newFile: () => Promise<SpoolFile> = temporarySpool): Part =>
  new Spool({ name, dimensions: live.dimensions, saidRows: live.rows, frontEnd: live.frontEnd }, { live, newFile });

/** What is read once, and what makes the file for it. */
interface Unread {
  readonly live: Table;
  readonly newFile: () => Promise<SpoolFile>;
}

class Spool implements Part {
  readonly name: string;
  readonly dimensions: number;
  readonly rows: number | undefined;
  readonly frontEnd: Part['frontEnd'];
  #state: 'unread' | 'reading' | 'spooled' | 'closed';
  readonly #unread: Unread | undefined;
  #file: SpoolFile | undefined;
  /** The file while it is being made, which an abort does not wait for. */
  #opening: Promise<SpoolFile> | undefined;
  #kept: KeptRows | undefined;

  constructor(
    { name, dimensions, saidRows, frontEnd }: Pick<KeptRows, 'name' | 'dimensions' | 'saidRows' | 'frontEnd'>,
    from: Unread | CompleteSpool,
  ) {
    this.name = name;
    this.dimensions = dimensions;
    this.rows = saidRows;
    this.frontEnd = frontEnd;
    this.#state = 'kept' in from ? 'spooled' : 'unread';
    this.#unread = 'kept' in from ? undefined : from;
    if ('kept' in from) ({ file: this.#file, kept: this.#kept } = from);
  }

  async open(from?: TablePlace): Promise<Table> {
    const { name, dimensions, rows } = this;
    const unusable = (what: string): DataError => new DataError('source-used', `${name} ${what}`, { source: name });
    if (this.#state === 'reading') throw unusable('can be read again only after it was read to its end');
    if (this.#state === 'closed') throw unusable('was closed and cannot be read any more');
    if (this.#kept) {
      const row = Math.min(from?.row ?? 0, this.#kept.rows);
      const begins = row - (row % this.#capacity);
      return { dimensions, rows: this.#kept.rows, begins, batches: this.#laterPass(begins), close: async () => {} };
    }
    this.#state = 'reading';
    const unread = this.#unread!;
    return { dimensions, rows, batches: this.#firstPass(unread), close: () => unread.live.close() };
  }

  /** Undefined until all was read. */
  async fingerprint(): Promise<PartFingerprint | undefined> {
    const { name, dimensions } = this;
    return this.#kept && { name, dimensions, rows: this.#kept.rows, hash: this.#kept.id };
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    const file = this.#file ?? (await this.#opening?.catch(() => undefined)); // a failure is that of the reading
    await file?.close();
    this.#file = undefined;
    this.#opening = undefined;
    await this.#unread?.live.close();
  }

  /** The last two columns are the weight and the time. */
  get #width(): number {
    return this.dimensions + KEPT_BESIDE;
  }

  get #capacity(): number {
    return rowsPerChunk(this.#width);
  }

  async *#firstPass({ live, newFile }: Unread): AsyncGenerator<Batch> {
    const { name, dimensions, rows: saidRows, frontEnd } = this;
    this.#opening = newFile();
    const file = await this.#opening;
    this.#file = file;
    let isWeighted = false;
    let isTimed = false;
    let rows = 0;
    const parts: KeptPart[] = [];
    for await (const batch of live.batches) {
      isWeighted ||= batch.weights !== undefined;
      isTimed ||= batch.times !== undefined;
      const { utterance, utteranceNumber } = batch;
      const last = parts.at(-1);
      if (!last || last.utterance !== utterance || last.utteranceNumber !== utteranceNumber)
        parts.push({ row: rows, utterance, utteranceNumber });
      await file.write(new Uint8Array(zip(batch, dimensions).buffer), rows * this.#width * 8);
      rows += batch.data.length / dimensions;
      yield batch;
    }
    const names = Buffer.from(JSON.stringify(parts));
    await file.write(names, rows * this.#width * 8);
    const kept = {
      id: newId(),
      name,
      dimensions,
      rows,
      saidRows,
      isWeighted,
      isTimed,
      nameBytes: names.length,
      frontEnd,
    };
    await file.complete(kept);
    this.#kept = kept;
    this.#state = 'spooled';
  }

  async *#laterPass(begins: number): AsyncGenerator<Batch> {
    const { rows, isWeighted, isTimed, nameBytes } = this.#kept!;
    const names = new Uint8Array(nameBytes);
    await this.#file!.read(names, rows * this.#width * 8);
    const parts = JSON.parse(Buffer.from(names).toString()) as KeptPart[];
    let part = 0;
    for (let start = begins; start < rows; ) {
      while (part + 1 < parts.length && parts[part + 1]!.row <= start) part++;
      const end = Math.min(rows, start - (start % this.#capacity) + this.#capacity, parts[part + 1]?.row ?? rows);
      const records = new Float64Array((end - start) * this.#width);
      await this.#file!.read(new Uint8Array(records.buffer), start * this.#width * 8);
      const { data, weights, times } = unzip(records, end - start, this.dimensions);
      const { utterance, utteranceNumber } = parts[part]!;
      yield {
        data,
        utterance,
        utteranceNumber,
        ...(isWeighted && { weights }),
        ...(isTimed && { times }),
      };
      start = end;
    }
  }
}

/** A table that is read once and not kept. */
function readOnce(name: string, live: Table): Part {
  let opened = false;
  return {
    name,
    dimensions: live.dimensions,
    rows: live.rows,
    frontEnd: live.frontEnd,
    async open(): Promise<Table> {
      if (opened)
        throw new DataError('source-used', `${name} was read before and cannot be read again`, { source: name });
      opened = true;
      return live;
    },
    fingerprint: async () => undefined,
    close: () => live.close(),
  };
}

/** Where an utterance begins, as names are kept behind the rows. */
interface KeptPart extends Pick<Batch, 'utterance' | 'utteranceNumber'> {
  readonly row: number;
}

/** Rows with their weights and times as the last columns. */
function zip(batch: Batch, dimensions: number): Float64Array {
  const rows = batch.data.length / dimensions;
  const width = dimensions + KEPT_BESIDE;
  const records = new Float64Array(rows * width);
  for (let n = 0; n < rows; n++) {
    records.set(batch.data.subarray(n * dimensions, (n + 1) * dimensions), n * width);
    records[n * width + dimensions] = batch.weights?.[n] ?? 1;
    records[n * width + dimensions + 1] = batch.times?.[n] ?? Number.NaN;
  }
  return records;
}

function unzip(records: Float64Array, rows: number, dimensions: number): Pick<Batch, 'data' | 'weights' | 'times'> {
  const data = new Float64Array(rows * dimensions);
  const weights = new Float64Array(rows);
  const times = new Float64Array(rows);
  for (let n = 0; n < rows; n++) {
    const start = n * (dimensions + KEPT_BESIDE);
    data.set(records.subarray(start, start + dimensions), n * dimensions);
    weights[n] = records[start + dimensions]!;
    times[n] = records[start + dimensions + 1]!;
  }
  return { data, weights, times };
}
