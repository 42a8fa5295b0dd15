import type { RowData, SourceOptions } from '../../src/sources/data.ts';
import { openData } from '../../src/sources/source.ts';

/** All rows of whatever data. */
export async function readRows(data: RowData, options: SourceOptions = {}): Promise<number[][]> {
  const source = await openData(data, options);
  const rows: number[][] = [];
  try {
    for await (const { data: values, dimensions } of source) {
      for (let at = 0; at < values.length; at += dimensions) rows.push([...values.subarray(at, at + dimensions)]);
    }
  } finally {
    await source.close();
  }
  return rows;
}
