// Writes Parquet, a row group at a time.
import { open } from 'node:fs/promises';
import { writeAtomically } from '../../files/atomic.ts';
import { writeFully } from '../../files/gathered-writer.ts';
import type { Numbers } from '../../files/header-and-rows.ts';
import { columnNames, inColumns } from './columns.ts';

/** Size of a row group; metadata of each stay in memory until the end. */
const GROUP_BYTES = 1 << 25;

/**
 * Writes a stream of runs of rows as a Parquet file (DOUBLE, FLOAT or INT32, plain and not compressed, as features hardly can be), whole
 * or not at all. The columns are c1, c2, …
 */
export async function writeParquet(path: string, runs: AsyncIterable<Numbers>, columns: number): Promise<void> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const names = columnNames(columns);
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'r+');
    try {
      const bytes = new ByteWriter();
      let position = 0;
      const flush = async (): Promise<void> => {
        position += await writeFully(file, bytes.getBytes(), position);
        bytes.index = 0;
      };
      let writer: InstanceType<typeof ParquetWriter> | undefined;
      for await (const group of inColumns(path, runs, columns, GROUP_BYTES)) {
        const type = typeOf(group[0]!);
        writer ??= new ParquetWriter({
          writer: bytes,
          schema: [
            { name: 'root', num_children: columns },
            ...names.map((name) => ({ name, type, repetition_type: 'REQUIRED' }) as const),
          ],
          codec: 'UNCOMPRESSED',
          statistics: false,
          createdBy: 'megamix',
        });
        const columnData = group.map((data, j) => ({ name: names[j]!, data, type, encoding: 'PLAIN' as const }));
        await writer.write({ columnData, rowGroupSize: group[0]!.length });
        await flush();
      }
      await writer?.finish();
      await flush();
    } finally {
      await file.close();
    }
  });
}

function typeOf(numbers: Numbers): 'INT32' | 'FLOAT' | 'DOUBLE' {
  if (numbers instanceof Int32Array) return 'INT32';
  return numbers instanceof Float32Array ? 'FLOAT' : 'DOUBLE';
}
