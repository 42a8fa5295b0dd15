import type { Data, SourceOptions } from '../../src/sources/data.ts';
import { open } from '../../src/sources/source.ts';

/** All rows of whatever data. */
export async function readRows(data: Data, options: SourceOptions = {}): Promise<number[][]> {
  const source = await open(data, options);
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
