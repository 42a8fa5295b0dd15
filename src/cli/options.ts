// Flags that commands share.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SettingError } from '../errors.ts';
import { MixtureModel } from '../inference/model.ts';
import { type ComputeOptions, kernelChoices } from '../kernels/index.ts';
import { precisions } from '../kernels/precision.ts';
import { type ModelName, models } from '../mixture/model-table.ts';
import { invalidRows, type RowData, type SourceOptions, sourceOptions as sourceOptionKinds } from '../sources/data.ts';
import { type FormatName, formats } from '../sources/formats.ts';
import { openAgain, openOnce, type Source } from '../sources/source.ts';
import type { Keep } from '../sources/table.ts';
import type { FrontEndSettings, HasFrontEnd } from '../speech/front-end.ts';
import type { LoadOptions } from '../storage/model-file.ts';
import { checkOptionsBy } from '../util/options.ts';
import { frontEndOf } from './front-end.ts';
import { count, decimal } from './text.ts';

/** Flags of every command that reads data. */
export interface DataFlags {
  readonly format?: FormatName | undefined;
  readonly columns?: (string | number)[] | undefined;
  readonly delimiter?: string | undefined;
  readonly header?: boolean | undefined;
  readonly channel?: number | undefined;
  readonly utteranceColumn?: string | undefined;
  readonly timeColumn?: string | undefined;
  readonly segments?: string | undefined;
  readonly allowCommands?: boolean | undefined;
  readonly groups?: string | undefined;
  readonly voiced?: string | undefined;
}

/** Flags of every command that reads a model. */
export interface ModelFlags {
  readonly group?: string | undefined;
  readonly model?: ModelName | undefined;
  readonly rows?: number | undefined;
  readonly discount?: number | undefined;
}

export function addDataOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <name>', 'format of the data, whatever their names end with').choices(Object.keys(formats)),
    )
    .option(
      '--columns <list>',
      'CSV, JSON lines, Parquet, Arrow: columns by name or number from 1, as in 1-13,energy',
      parseColumns,
    )
    .option('--utterance-column <name>', 'the column, by name or number from 1, that says of which utterance a row is')
    .option('--time-column <name>', 'the column, by name or number from 1, that holds times in seconds')
    .option('--delimiter <text>', 'CSV: what stands between cells (default: a comma)', parseDelimiter)
    .option('--header', 'CSV: the first row holds names (default: all text are names, all numbers data)')
    .option('--no-header', 'CSV: the first row holds numbers')
    .option('--channel <n>', 'WAV: which channel, from 1 (default: the only one)', decimal)
    .option('--segments <file>', 'wav.scp: parts of the recordings, each an utterance: name, recording, start, end')
    .option('--allow-commands', 'wav.scp: run its commands (lines that end with |), which can do anything')
    .option('--groups <file>', "utt2spk or spk2utt: which group, such as a speaker's, each utterance is of")
    .option('--voiced <file>', 'ark or scp of a number for each row of an utterance: rows of 0 are left out');
}

/** Flags of commands that learn from or sum over rows, in addition. */
export interface RowFlags {
  readonly weights?: string | undefined;
  readonly weightColumn?: string | undefined;
  readonly onInvalid?: keyof typeof invalidRows | undefined;
  readonly cacheBytes?: number | undefined;
}

export function addRowOptions(command: Command): Command {
  return addInvalidOption(
    command
      .addOption(new Option('--weights <file>', 'row weights, one number for each row').conflicts('weightColumn'))
      .option('--weight-column <name>', 'the column, by name or number from 1, that holds row weights'),
  );
}

export function addInvalidOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--on-invalid <what>',
      'at a row that cannot be used: stop, skip it, or use the numbers that are not missing (default: error)',
    ).choices(Object.keys(invalidRows)),
  );
}

/** The same for commands that give something for every row, or for several streams. */
export function addMissingOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--on-invalid <what>',
      'at missing numbers: stop, or use the others of the row (default: error)',
    ).choices(['error', 'missing']),
  );
}

/** Tells of rows that were left out. */
export function reportSkipped(skipped: Source['skipped']): void {
  if (!skipped || skipped.rows === 0) return;
  const rows = `${count(skipped.rows)} row${skipped.rows === 1 ? '' : 's'}`;
  process.stderr.write(`warning: skipped ${rows} that cannot be used; the first: ${skipped.first}\n`);
}

/** Flags of every command that computes. */
export type ComputeFlags = ComputeOptions;

/** Those of all flags that say how to compute. */
export const computing = ({ threads, kernel, precision }: ComputeFlags): ComputeOptions => ({
  threads,
  kernel,
  precision,
});

export function addComputeOptions(command: Command): Command {
  return command
    .option('--threads <n>', 'threads that compute (default: one for each core)', decimal)
    .addOption(new Option('--precision <p>', 'of the arithmetic (default: f64)').choices(Object.keys(precisions)))
    .addOption(new Option('--kernel <name>', 'what computes (default: auto, the fastest)').choices(kernelChoices));
}

export function addModelOptions(command: Command): Command {
  return command
    .option('--group <name>', 'group of the model in its file (default: model_fitted)')
    .addOption(new Option('--model <name>', 'which model it is, if the file does not say').choices(Object.keys(models)))
    .option(
      '--rows <n>',
      'rows it was fitted to, if the file has no counts (default: those of DATA, if given)',
      decimal,
    )
    .option('--discount <d>', 'discount of a pypgmm, if the file does not say', decimal);
}

/** DATA as one stream that can be read for every pass. */
export function openPaths(
  paths: readonly string[],
  flags: DataFlags & RowFlags & FrontEndSettings,
  signal: AbortSignal,
  rowsFor?: HasFrontEnd,
  keep?: Keep,
): Promise<Source> {
  const options = { ...sourceOptions(paths, flags, signal), rowsFor };
  checkOptionsBy(sourceOptionKinds, options);
  return openAgain(dataOf(paths), options, keep);
}

/** Loads a model, opens DATA to be read once, uses both, and closes what was opened. */
export async function withModelAndData(
  path: string,
  paths: readonly string[],
  flags: DataFlags & RowFlags & ModelFlags,
  signal: AbortSignal,
  use: (model: MixtureModel, source: Source) => Promise<void>,
): Promise<void> {
  const model = await MixtureModel.load(path, loadOptions(flags, paths, flags, signal));
  const source = await openOnce(dataOf(paths), { ...sourceOptions(paths, flags, signal), rowsFor: model });
  try {
    await use(model, source);
  } finally {
    await source.close();
  }
}

/** How to load a model that is to be used on these data. */
export function loadOptions(
  flags: ModelFlags,
  paths: readonly string[],
  data: DataFlags,
  signal: AbortSignal,
): LoadOptions {
  const countRows = async (): Promise<number> => {
    const source = await openPaths(paths, data, signal);
    if (source.rows !== undefined) return source.rows;
    for await (const _ of source) signal.throwIfAborted();
    return source.rows!;
  };
  const { group, model, rows, discount } = flags;
  return { group, model, discount, signal, rows: rows ?? (paths.includes('-') ? undefined : countRows) };
}

/** Opens the data that paths on the command line name. */
export function dataOf(paths: readonly string[]): RowData {
  if (!paths.includes('-')) return [...paths];
  if (paths.length > 1)
    throw new SettingError('bad-setting', 'DATA: - (standard input) must stand alone', { setting: 'DATA' });
  return process.stdin as AsyncIterable<Uint8Array>;
}

export function sourceOptions(
  paths: readonly string[],
  flags: DataFlags & RowFlags & FrontEndSettings,
  signal: AbortSignal,
): SourceOptions {
  const { format, columns, delimiter, header, channel, segments, allowCommands, groups, voiced } = flags;
  const { weights, weightColumn, onInvalid, cacheBytes, utteranceColumn, timeColumn } = flags;
  const ofRows = { weights, weightColumn, onInvalid, cacheBytes };
  return {
    format,
    columns,
    delimiter,
    header,
    channel,
    utteranceColumn,
    timeColumn,
    segments,
    allowCommands,
    groups,
    voiced,
    frontEnd: frontEndOf(flags),
    ...ofRows,
    signal,
    ...(paths.includes('-') ? { name: 'standard input' } : {}),
  };
}

function parseColumns(text: string): (string | number)[] {
  return text.split(',').flatMap((part): (string | number)[] => {
    const range = /^(\d+)-(\d+)$/.exec(part.trim());
    if (!range) return [part.trim()];
    const [from, to] = [Number(range[1]), Number(range[2])];
    if (to > 1e6) throw new InvalidArgumentError(`The range ${part} is longer than rows can be.`);
    if (to < from) throw new InvalidArgumentError(`The range ${part} goes backwards.`);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

function parseDelimiter(text: string): string {
  const delimiter = text === '\\t' ? '\t' : text;
  if (delimiter === '') throw new InvalidArgumentError('Expected at least one character.');
  return delimiter;
}
