// Writes Arrow files, a record batch at a time.
import { open } from 'node:fs/promises';
import type { RecordBatch, Schema } from 'apache-arrow';
import { writeAtomically } from '../../files/atomic.ts';
import { writeFully } from '../../files/gathered-writer.ts';
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
    /** What is to be written; the library's own streams reject a promise that nobody has where they cannot write. */
    readonly pieces: Uint8Array[] = [];

    protected override _write(chunk: ArrayBufferView): this {
      const { buffer, byteOffset, byteLength } = chunk;
      this.pieces.push(new Uint8Array(buffer, byteOffset, byteLength));
      this._position += byteLength;
      return this;
    }

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
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'r+');
    try {
      const writer = new FileWriter();
      let position = 0;
      const flush = async (): Promise<void> => {
        position += await writeFully(file, Buffer.concat(writer.pieces.splice(0)), position);
      };
      for await (const batch of batches()) {
        writer.write(batch);
        await flush();
      }
      writer.finish();
      await flush();
    } finally {
      await file.close();
    }
  });
}
