// Where rows are written to.
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { SettingError } from '../errors.ts';
import { rowOutput } from '../storage/rows/output.ts';
import { type RowsToWrite, rowExtensions, until } from '../storage/rows/rows.ts';
import type { RowRun } from '../storage/rows/runs.ts';
import { separated } from '../storage/rows/text.ts';

/** Flags of how rows are written. */
export interface OutputFlags {
  readonly output: string;
  readonly names?: boolean | undefined;
  readonly compress?: boolean | undefined;
}

/** What an output can be, for helps. */
export const OUTPUTS = `a name that ends with ${rowExtensions.join(', ')}; DIR/{name}.npy, a file for each part; ark,scp:OUT.ark,OUT.scp; or - for CSV on standard output`;

export function addOutputOptions(command: Command): Command {
  return addPartOptions(command.requiredOption('-o, --output <file>', OUTPUTS));
}

/** Those of them that say how parts are told apart. */
export function addPartOptions(command: Command): Command {
  return command
    .option('--names', 'CSV, TSV, JSON lines: begin each line with the name of its file or utterance, and its time')
    .addOption(new Option('--compress', 'archives: a byte a number, as copy-feats --compress=true'));
}

/** Says now if `writeOutput` would not know the format. */
export function checkOutput({ output, names, compress }: OutputFlags): void {
  rowOutput(output === '-' ? '-.csv' : output, { names, compress });
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

/** Writes rows to a file, whole or not at all, or as CSV to standard output (-), and says if that joins several parts. */
export async function writeOutput(
  { output, names, compress }: OutputFlags,
  rows: RowsToWrite,
  signal: AbortSignal,
): Promise<void> {
  const parts = new Set<number>();
  async function* counted(): AsyncGenerator<RowRun> {
    for await (const run of until(rows.runs, signal)) {
      if (parts.size < 2) parts.add(run.part?.number ?? 0);
      yield run;
    }
  }
  const all = { ...rows, runs: counted() };
  const { keepsParts, write } = rowOutput(output === '-' ? '-.csv' : output, { names, compress, signal });
  if (output === '-') await print(separated(all, ',', { names }), signal);
  else await write(all);
  if (parts.size < 2 || keepsParts) return;
  const name = output === '-' ? 'standard output' : output;
  process.stderr.write(
    `warning: ${name}: the rows of several files or utterances follow one another in it, unmarked: ` +
      'to keep them apart name an .ark or .h5f file, DIR/{name}.npy, or CSV with --names\n',
  );
}

/** Writes to standard output as fast as it is read; an interrupt ends it though nobody reads. */
export async function print(texts: AsyncIterable<string | Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const text of texts) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain', { signal });
  }
}
