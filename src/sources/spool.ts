// Makes a stream repeatable, by a temporary file.
import { rowsPerChunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import type { OpenFile } from '../files/open-file.ts';
import { keepFully, readFully, temporaryFile } from '../files/temporary-file.ts';
import type { Keep } from './files.ts';
import type { Batch, Part, Table } from './table.ts';

/** Keeps what can be read only once in a temporary file. */
export const spool: Keep = async (name, openLive) => spooled(name, await openLive());

/** Does not keep it. */
export const onceOnly: Keep = async (name, openLive) => readOnce(name, await openLive());

/**
 * Makes a table that can be read only once repeatable: the first pass writes it to a temporary file, later ones read that.
 * The file's name is removed as soon as it is open, so that nothing is left behind however the process ends.
 */
export function spooled(name: string, live: Table): Part {
  const { dimensions } = live;
  const width = dimensions + 1; // the last column is the weight
  let file: OpenFile | undefined;
  let state: 'unread' | 'reading' | 'spooled' | 'closed' = 'unread';
  let weighted = false;
  let rows = 0;

  async function* firstPass(): AsyncGenerator<Batch> {
    file = await temporaryFile();
    for await (const batch of live.batches) {
      weighted ||= batch.weights !== undefined;
      await keepFully(file, new Uint8Array(zip(batch, dimensions).buffer), 'the input');
      rows += batch.data.length / dimensions;
      yield batch;
    }
    state = 'spooled';
  }

  async function* laterPass(): AsyncGenerator<Batch> {
    const capacity = rowsPerChunk(width);
    for (let start = 0; start < rows; start += capacity) {
      const count = Math.min(capacity, rows - start);
      const records = new Float64Array(count * width);
      await readFully(file!, new Uint8Array(records.buffer), start * width * 8);
      const { data, weights } = unzip(records, count, dimensions);
      yield weighted ? { data, weights } : { data };
    }
  }

  return {
    name,
    dimensions,
    rows: live.rows,
    frontEnd: live.frontEnd,
    async open(): Promise<Table> {
      if (state === 'reading')
        throw new DataError('source-used', `${name} can be read again only after it was read to its end`, {
          source: name,
        });
      if (state === 'closed')
        throw new DataError('source-used', `${name} was closed and cannot be read any more`, { source: name });
      if (state === 'spooled') return { dimensions, rows, batches: laterPass(), close: async () => {} };
      state = 'reading';
      return { dimensions, rows: live.rows, batches: firstPass(), close: () => live.close() };
    },
    async close(): Promise<void> {
      state = 'closed';
      await file?.close();
      file = undefined;
      await live.close();
    },
  };
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
    close: () => live.close(),
  };
}

/** Rows with their weights as a last column. */
function zip(batch: Batch, dimensions: number): Float64Array {
  const rows = batch.data.length / dimensions;
  const records = new Float64Array(rows * (dimensions + 1));
  for (let n = 0; n < rows; n++) {
    records.set(batch.data.subarray(n * dimensions, (n + 1) * dimensions), n * (dimensions + 1));
    records[n * (dimensions + 1) + dimensions] = batch.weights?.[n] ?? 1;
  }
  return records;
}

function unzip(records: Float64Array, rows: number, dimensions: number): Batch {
  const data = new Float64Array(rows * dimensions);
  const weights = new Float64Array(rows);
  for (let n = 0; n < rows; n++) {
    const start = n * (dimensions + 1);
    data.set(records.subarray(start, start + dimensions), n * dimensions);
    weights[n] = records[start + dimensions]!;
  }
  return { data, weights };
}

export const spoolBeside = (_path: string, _isResumed: boolean): typeof spool => spool;
