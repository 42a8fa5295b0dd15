// Parts as one stream, the same in every pass.
import type { RowPart } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { checkSameFrontEnd } from '../speech/front-end.ts';
import { toChunk } from './check.ts';
import {
  type ChunkStream,
  MOST_COLUMNS,
  type PartsPlace,
  type PassOver,
  type PlacedChunk,
  type RowOptions,
  type StreamPlace,
} from './chunk-stream.ts';
import type { PartFingerprint } from './fingerprint.ts';
import { OPEN_AHEAD } from './speech/short.ts';
import type { Batch, Part, Table, TablePlace, UtterancePlace } from './table.ts';
import { WeightReader } from './weights.ts';

/** Parts as one stream, in their order; each must have as many rows in every pass. */
export function concatenate(
  parts: readonly Part[],
  { weights, skipped, allowsMissing, signal }: RowOptions = {},
): ChunkStream {
  const [first] = parts;
  if (!first) throw new DataError('empty', 'no data: name at least one file');
  checkDimensions(first, parts);
  const spoken = checkSampleRates(parts);
  if (weights && weights.dimensions !== 1) {
    throw new DataError(
      'bad-weights',
      `${weights.name} has ${weights.dimensions} columns: row weights are one number a row`,
      { source: weights.name },
    );
  }
  const { dimensions } = first;
  const rowsOfPart = parts.map(({ rows }) => rows);

  async function* read(from?: StreamPlace, passOver?: PassOver): AsyncGenerator<PlacedChunk> {
    const start: PartsPlace = from?.at ?? { part: 0, before: 0, row: 0 };
    skipped?.begin(start.skipped);
    const reader = weights && new WeightReader(weights, start.weights);
    let given = from?.rows ?? 0;
    let { before } = start;
    const counter = new PartCounter(parts, start.number);
    const opener = new Opener(parts);
    try {
      for (let index = start.part; index < parts.length; index++) {
        const part = parts[index]!;
        const known = rowsOfPart[index];
        const begin: TablePlace = index === start.part ? start : { row: 0 };
        let rows = begin.row;
        let utterance: UtterancePlace | undefined = begin.utterance;
        const table = await opener.open(index, begin.row > 0 ? begin : undefined);
        for await (const batch of readPart(part, table, dimensions, begin, passOver)) {
          signal?.throwIfAborted();
          const count = batch.data.length / dimensions;
          utterance = utteranceOf(batch, rows, utterance);
          const of = counter.partOf(index, batch);
          const at = {
            part: index,
            before,
            row: rows,
            number: of.number,
            utterance,
            skipped: skipped?.found,
            weights: reader?.place,
          };
          if (reader && batch.weights)
            throw new DataError('bad-weights', `${part.name} has row weights already: give them once`, {
              source: part.name,
            });
          const weighted = reader ? { ...batch, weights: await reader.take(count, before + rows) } : batch;
          const chunk = toChunk(
            weighted,
            dimensions,
            { name: part.name, part: of, rowsBefore: rows },
            { skipped, allowsMissing },
          );
          rows += count;
          if (chunk.rows === 0) continue;
          yield { chunk, place: { rows: given, at } };
          given += chunk.rows;
        }
        if (known !== undefined && known !== rows) {
          throw new DataError(
            'source-changed',
            `${part.name} has ${rows} rows now, ${known} before: data must not change while they are read`,
            { source: part.name },
          );
        }
        rowsOfPart[index] = rows;
        before += rows;
      }
      await reader?.end(before);
    } finally {
      await opener.close();
      await reader?.close();
    }
  }
  return {
    name: parts.length === 1 ? first.name : `${first.name} and ${parts.length - 1} more`,
    dimensions,
    rows: rowsOfPart.reduce((sum, rows) => (sum === undefined || rows === undefined ? undefined : sum + rows), 0),
    frontEnd: spoken?.frontEnd,
    skipped,
    allowsMissing,
    read,
    known: () => ({ parts: [...rowsOfPart], skipped: skipped?.found, weights: weights?.known() }),
    async fingerprint() {
      const found: PartFingerprint[] = [];
      for (const part of parts) {
        const one = await part.fingerprint(); // one after the other: they may be many
        if (!one) return undefined;
        found.push(one);
      }
      const ofWeights = await weights?.fingerprint();
      return weights && !ofWeights ? undefined : { parts: found, weights: ofWeights?.parts, options: {} };
    },
    remember(known) {
      for (const [index, rows] of (known.parts ?? []).entries()) rowsOfPart[index] = rows ?? rowsOfPart[index];
      skipped?.begin(known.skipped);
      if (known.weights) weights?.remember(known.weights);
    },
    close: async () => void (await Promise.all([...parts.map((part) => part.close?.()), weights?.close()])),
  };
}

/** Opens parts one after the other; short ones, which are often many, ahead of that. */
class Opener {
  readonly #parts: readonly Part[];
  /** The next ones, in their order. */
  readonly #ahead: Promise<Table>[] = [];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  async open(index: number, from: TablePlace | undefined): Promise<Table> {
    const table = await (this.#ahead.shift() ?? this.#parts[index]!.open(from));
    while (this.#ahead.length < OPEN_AHEAD) {
      const next = this.#parts[index + 1 + this.#ahead.length];
      if (!next?.isShort) break;
      const opened = next.open();
      opened.catch(() => {}); // thrown where it is awaited, if it ever is
      this.#ahead.push(opened);
    }
    return table;
  }

  /** Lets go of what was opened for nothing. */
  async close(): Promise<void> {
    for (const opened of this.#ahead) await opened.then((table) => table.close()).catch(() => {});
  }
}

/** The batches of a part from a row on; what its table gives before that is passed over. */
async function* readPart(
  part: Part,
  table: Table,
  dimensions: number,
  from: TablePlace,
  passOver: PassOver | undefined,
): AsyncGenerator<Batch> {
  try {
    if (table.dimensions !== dimensions) {
      throw new DataError(
        'source-changed',
        `${part.name} has ${table.dimensions} columns now, ${dimensions} before: it was changed meanwhile`,
        { source: part.name },
      );
    }
    let row = table.begins ?? 0;
    for await (const batch of table.batches) {
      const passed = Math.min(from.row - row, batch.data.length / dimensions);
      if (passed <= 0) {
        yield batch;
        continue;
      }
      row += passed;
      await passOver?.(passed);
      if (passed * dimensions < batch.data.length) yield withoutFirst(batch, passed, dimensions);
      else batch.release?.();
    }
    if (row < from.row) {
      throw new DataError(
        'source-changed',
        `${part.name} has ${row} rows now, more than ${from.row} before: data must not change while they are read`,
        { source: part.name },
      );
    }
  } finally {
    await table.close();
  }
}

function withoutFirst(batch: Batch, rows: number, dimensions: number): Batch {
  return {
    ...batch,
    data: batch.data.subarray(rows * dimensions),
    weights: batch.weights?.subarray(rows),
    times: batch.times?.subarray(rows),
  };
}

/** Tells parts apart, and counts them. */
class PartCounter {
  readonly #parts: readonly Part[];
  #last: RowPart | undefined;
  #utteranceNumber: number | undefined;
  #next: number;

  constructor(parts: readonly Part[], number = 0) {
    this.#parts = parts;
    this.#next = number;
  }

  /** The part that a batch is of: the same object for all batches of one. */
  partOf(index: number, { utterance, utteranceNumber }: Batch): RowPart {
    const last = this.#last;
    if (last?.index === index && last.utterance === utterance && this.#utteranceNumber === utteranceNumber) return last;
    const { name, stem = name } = this.#parts[index]!;
    this.#utteranceNumber = utteranceNumber;
    this.#last = { index, name: utterance ?? stem, number: this.#next++, utterance };
    return this.#last;
  }
}

/** The utterance that a batch is of, which the rows before it may have been of already. */
function utteranceOf(
  { utteranceNumber: number, utterancePosition: position }: Batch,
  row: number,
  last: UtterancePlace | undefined,
): UtterancePlace | undefined {
  if (number === undefined || position === undefined) return undefined;
  return last?.number === number ? last : { number, row, position };
}

/** All parts are sound of the same rate, or none is sound; gives the first of them. */
function checkSampleRates(parts: readonly Part[]): Part | undefined {
  const [first, ...others] = parts.filter(({ frontEnd }) => frontEnd);
  for (const other of others) checkSameFrontEnd(other, first!);
  const numbers = first && parts.find(({ frontEnd }) => !frontEnd);
  if (numbers) {
    throw new DataError(
      'mismatch',
      `${first.name} is sound, but ${numbers.name} holds rows: make rows of all sound first, by megamix features`,
      { source: first.name },
    );
  }
  return first;
}

function checkDimensions({ name, dimensions }: Part, parts: readonly Part[]): void {
  if (dimensions > MOST_COLUMNS) {
    throw new DataError(
      'wrong-width',
      `${name} has ${dimensions} columns, more than ${MOST_COLUMNS}: are rows and columns exchanged?`,
      { source: name },
    );
  }
  const other = parts.find((part) => part.dimensions !== dimensions);
  if (!other) return;
  throw new DataError(
    'wrong-width',
    `${other.name} has ${other.dimensions} columns, but ${name} has ${dimensions}: all must have the same`,
    { source: other.name },
  );
}
