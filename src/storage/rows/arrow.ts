// Writes Arrow files, a record batch at a time.
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RecordBatch, Schema } from 'apache-arrow';
import { writeAtomically } from '../../files/atomic.ts';
import type { Numbers } from '../../files/header-and-rows.ts';
import { columnNames, inColumns } from './columns.ts';

/** Of a record batch. */
const BATCH_BYTES = 1 << 23;

/**
 * Writes a stream of runs of rows as an Arrow file (float64, float32 or int32, not compressed), whole or not at all. The columns are
 * c1, c2, …
 */
export async function writeArrow(path: string, runs: AsyncIterable<Numbers>, columns: number): Promise<void> {
  const arrow = await import('apache-arrow');
  const names = columnNames(columns);
  /** With the schema at the beginning too, as the format has it and readers of streams need it. */
  class FileWriter extends arrow.RecordBatchFileWriter {
    protected override _writeSchema(schema: Schema): this {
      super._writeSchema(schema);
      return this._writeMessage(arrow.Message.from(schema));
    }
  }
  async function* batches(): AsyncGenerator<RecordBatch> {
    let schema: InstanceType<typeof arrow.Schema> | undefined;
    for await (const group of inColumns(path, runs, columns, BATCH_BYTES)) {
      const children = group.map((numbers) => arrow.makeVector(numbers as Float64Array).data[0]!);
      schema ??= new arrow.Schema(names.map((name, j) => new arrow.Field(name, children[j]!.type, false)));
      const data = arrow.makeData({
        type: new arrow.Struct(schema.fields),
        length: group[0]!.length,
        nullCount: 0,
        children,
      });
      yield new arrow.RecordBatch(schema, data);
    }
  }
  let failed: { readonly error: unknown } | undefined;
  /** A stream that fails makes the library reject a promise that nobody has: it ends instead, and the file is not kept. */
  async function* whole(): AsyncGenerator<RecordBatch> {
    try {
      yield* batches();
    } catch (error) {
      failed = { error };
    }
  }
  await writeAtomically(path, async (temporary) => {
    await pipeline(
      Readable.from(whole(), { highWaterMark: 1 }),
      FileWriter.throughNode({ autoDestroy: true, writableHighWaterMark: 1 }),
      createWriteStream(temporary),
    );
    if (failed) throw failed.error;
  });
}
