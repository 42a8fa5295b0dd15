import type { Chunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { toChunk } from './check.ts';
import type { Part } from './table.ts';

/** Checked chunks that can be read again and again. */
export interface ChunkStream {
  readonly name: string;
  readonly dimensions: number;
  /** Where it can be told before all is read. */
  readonly rows?: number | undefined;
  read(): AsyncGenerator<Chunk>;
  close(): Promise<void>;
}

const MOST_COLUMNS = 1_000_000;

/** Parts as one stream, in their order; each must have as many rows in every pass. */
export function concatenate(parts: readonly Part[]): ChunkStream {
  const [first] = parts;
  if (!first) throw new DataError('no data: name at least one file');
  checkDimensions(first, parts);
  const { dimensions } = first;
  const rowsOfPart = parts.map(({ rows }) => rows);

  async function* read(): AsyncGenerator<Chunk> {
    for (const [index, part] of parts.entries()) {
      const known = rowsOfPart[index];
      let rows = 0;
      for await (const chunk of readPart(part, index, dimensions)) {
        yield chunk;
        rows += chunk.rows;
      }
      if (known !== undefined && known !== rows) {
        throw new DataError(
          `${part.name} has ${rows} rows now, ${known} before: data must not change while they are read`,
        );
      }
      rowsOfPart[index] = rows;
    }
  }
  return {
    name: parts.length === 1 ? first.name : `${first.name} and ${parts.length - 1} more`,
    dimensions,
    rows: rowsOfPart.reduce((sum, rows) => (sum === undefined || rows === undefined ? undefined : sum + rows), 0),
    read,
    close: async () => void (await Promise.all(parts.map((part) => part.close?.()))),
  };
}

async function* readPart(part: Part, index: number, dimensions: number): AsyncGenerator<Chunk> {
  const table = await part.open();
  let rows = 0;
  try {
    if (table.dimensions !== dimensions) {
      throw new DataError(
        `${part.name} has ${table.dimensions} columns now, ${dimensions} before: it was changed meanwhile`,
      );
    }
    for await (const batch of table.batches) {
      const chunk = toChunk(batch, dimensions, index, part.name, rows);
      rows += chunk.rows;
      yield chunk;
    }
  } finally {
    await table.close();
  }
}

function checkDimensions({ name, dimensions }: Part, parts: readonly Part[]): void {
  if (dimensions > MOST_COLUMNS) {
    throw new DataError(
      `${name} has ${dimensions} columns, more than ${MOST_COLUMNS}: are rows and columns exchanged?`,
    );
  }
  const other = parts.find((part) => part.dimensions !== dimensions);
  if (!other) return;
  throw new DataError(
    `${other.name} has ${other.dimensions} columns, but ${name} has ${dimensions}: all must have the same`,
  );
}
