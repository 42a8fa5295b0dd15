// Where rows are written to.
import { once } from 'node:events';
import { SettingError } from '../errors.ts';
import { keepsParts, type RowRuns, rowWriter, toCsv } from '../storage/rows/rows.ts';

/** Says now if `writeOutput` would not know the format. */
export function checkOutput(output: string, extensions?: readonly string[]): void {
  if (output !== '-') rowWriter(output, extensions);
}

/** Says now that a model is a file. */
export function checkModelOutput(output: string): void {
  if (output !== '-') return;
  throw new SettingError(
    'bad-setting',
    'output: a model cannot be written to standard output: give the name of a file',
    { setting: 'output' },
  );
}

/**
 * Writes rows to a file, whole or not at all, or as CSV to standard output (-), and says if that joins several parts.
 *
 * @param remedy what keeps them apart.
 */
export async function writeOutput(
  output: string,
  rows: RowRuns,
  signal: AbortSignal,
  remedy = 'name an .ark file to keep them apart',
): Promise<void> {
  if (output === '-') await print(toCsv(rows), signal);
  else await rowWriter(output)(output, rows, signal);
  const parts = rows.part?.().number ?? 1;
  if (parts < 2 || keepsParts(output)) return;
  const name = output === '-' ? 'standard output' : output;
  process.stderr.write(
    `warning: ${name}: the rows of ${parts} files or utterances follow one another in it, unmarked: ${remedy}\n`,
  );
}

/** Writes to standard output as fast as it is read; an interrupt ends it though nobody reads. */
export async function print(texts: AsyncIterable<string | Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const text of texts) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain', { signal });
  }
}
