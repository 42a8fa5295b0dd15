import { SettingError } from '../errors.ts';
import { csv, tsv } from './csv.ts';
import { hdf5 } from './hdf5.ts';
import { jsonl } from './jsonl.ts';
import { npy } from './npy.ts';
import { npz } from './npz.ts';
import type { Format, ReadOptions } from './table.ts';
import { table } from './whitespace.ts';

/** What can be read; a new format is one file and one row. */
export const formats = { npy, npz, csv, tsv, txt: table, jsonl, h5: hdf5 } satisfies Record<string, Format>;

/** npy, npz, csv, tsv, txt, jsonl or h5. */
export type FormatName = keyof typeof formats;

/** The format that a file's name ends with. */
export function formatOf(path: string): Format | undefined {
  const lower = path.toLowerCase();
  return Object.values<Format>(formats).find(({ extensions }) => extensions.some((ending) => lower.endsWith(ending)));
}

/** Options that a format does not take would be ignored in silence: they are refused. */
export function checkOptions(format: Format, options: ReadOptions, name: string): void {
  for (const option of ['columns', 'delimiter', 'header'] as const) {
    if (options[option] === undefined || format.takes.includes(option)) continue;
    throw new SettingError(`${option}: ${name} is of a format that has no such option: leave it out`);
  }
}
