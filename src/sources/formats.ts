import { csv } from './csv.ts';
import { hdf5 } from './hdf5.ts';
import { jsonl } from './jsonl.ts';
import { npy } from './npy.ts';
import type { Format } from './table.ts';

/** What can be read; a new format is one file and one row. */
export const formats = { npy, csv, jsonl, h5: hdf5 } satisfies Record<string, Format>;

/** npy, csv, jsonl or h5. */
export type FormatName = keyof typeof formats;

/** The format that a file's name ends with. */
export function formatOf(path: string): Format | undefined {
  const lower = path.toLowerCase();
  return Object.values<Format>(formats).find(({ extensions }) => extensions.some((ending) => lower.endsWith(ending)));
}
