// Parts as one stream, the same in every pass.
import type { Chunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { checkSameFrontEnd } from '../speech/front-end.ts';
import { toChunk } from './check.ts';
import { type ChunkStream, MOST_COLUMNS, type RowOptions } from './chunk-stream.ts';
import type { Batch, Part } from './table.ts';
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

  async function* read(): AsyncGenerator<Chunk> {
    skipped?.begin();
    const reader = weights && new WeightReader(weights.name, weights.read());
    let before = 0;
    try {
      for (const [index, part] of parts.entries()) {
        const known = rowsOfPart[index];
        let rows = 0;
        for await (const batch of readPart(part, dimensions)) {
          signal?.throwIfAborted();
          const count = batch.data.length / dimensions;
          if (reader && batch.weights)
            throw new DataError('bad-weights', `${part.name} has row weights already: give them once`, {
              source: part.name,
            });
          const weighted = reader ? { ...batch, weights: await reader.take(count, before + rows) } : batch;
          const chunk = toChunk(
            weighted,
            dimensions,
            { name: part.name, part: index, rowsBefore: rows },
            { skipped, allowsMissing },
          );
          rows += count;
          if (chunk.rows > 0) yield chunk;
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
      await reader?.close();
    }
  }
  return {
    name: parts.length === 1 ? first.name : `${first.name} and ${parts.length - 1} more`,
    partNames: parts.map(({ name }) => name),
    dimensions,
    rows: rowsOfPart.reduce((sum, rows) => (sum === undefined || rows === undefined ? undefined : sum + rows), 0),
    frontEnd: spoken?.frontEnd,
    skipped,
    allowsMissing,
    read,
    close: async () => void (await Promise.all([...parts.map((part) => part.close?.()), weights?.close()])),
  };
}

async function* readPart(part: Part, dimensions: number): AsyncGenerator<Batch> {
  const table = await part.open();
  try {
    if (table.dimensions !== dimensions) {
      throw new DataError(
        'source-changed',
        `${part.name} has ${table.dimensions} columns now, ${dimensions} before: it was changed meanwhile`,
        { source: part.name },
      );
    }
    yield* table.batches;
  } finally {
    await table.close();
  }
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
