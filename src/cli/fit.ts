// `megamix fit`.
import { type Command, Option } from 'commander';
import { SettingError } from '../errors.ts';
import { Estimator, type FitResult } from '../estimator.ts';
import { type SpacingName, spacings } from '../fitting/saving.ts';
import { groups } from '../fitting/setting-table.ts';
import { MixtureModel } from '../inference/model.ts';
import { checkComputing } from '../kernels/index.ts';
import { models } from '../mixture/model-table.ts';
import { randomHoldOut } from '../sources/partition.ts';
import type { Source } from '../sources/source.ts';
import type { FrontEndSettings } from '../speech/front-end.ts';
import { checkSavable } from '../storage/model-file.ts';
import { peakMemoryBytes } from '../util/peak-memory.ts';
import { addCheckpointOptions, type CheckpointFlags, checkpointOf, howToGoOn } from './checkpoint.ts';
import { INTERRUPTED } from './exit-codes.ts';
import { addFrontEndOptions } from './front-end.ts';
import {
  addComputeOptions,
  addDataOptions,
  addRowOptions,
  type ComputeFlags,
  computing,
  type DataFlags,
  openPaths,
  type RowFlags,
  reportSkipped,
} from './options.ts';
import { checkModelOutput } from './output.ts';
import { ProgressLine } from './progress.ts';
import {
  addSettingOptions,
  groupHelp,
  initOf,
  modelNameOf,
  outputGroupOf,
  type SettingFlags,
  settingsOf,
} from './setting-options.ts';
import { columns, count, decimal, duration, figure, iterationCount, megabytes, stopReasons } from './text.ts';

interface FitFlags extends DataFlags, RowFlags, ComputeFlags, FrontEndSettings, SettingFlags, CheckpointFlags {
  readonly output: string;
  readonly heldOut?: string;
  readonly heldOutFraction?: number;
  readonly saving?: SpacingName;
  readonly savingPeriod?: number;
  readonly simplify?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  megamix fit speech.npy --model gmm --components 100 -o gmm.h5
  megamix fit 'train/*.npy' --held-out dev.npy --model dpgmm --components 200 --patience 2 --simplify -o dp.h5
  cat frames.csv | megamix fit - --format csv --model kmeans --components 1024 -o centres.h5
  megamix fit 'calls/*.wav' --normalisation mean --model gmm --components 64 -o speech.h5
  megamix fit more.npy --init-model gmm.h5 --max-iterations 20 -o gmm.h5
  megamix fit speech.npy --model dpgmm --components 100 --algorithm incremental -o dp.h5`;

export function addFit(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Fit a mixture model to DATA: files, globs, or - for standard input (with --format). Together they are one stream.',
    )
    .argument('<data...>', 'files (.npy, .csv, .ark, .parquet, .h5:/dataset, .wav, …), globs, or -')
    .requiredOption('-o, --output <file>', 'where to save the model (HDF5)')
    .option('--group <name>', groupHelp)
    .addOption(
      new Option('--held-out <data>', 'data that decide when to stop, and which model is best').conflicts(
        'heldOutFraction',
      ),
    )
    .option('--held-out-fraction <f>', 'hold out this share of the rows instead', decimal)
    .addOption(
      new Option(
        '--saving <when>',
        'save models on the way, into groups of OUTPUT: init, iter1, iter2, …, best',
      ).choices(Object.keys(spacings)),
    )
    .option('--saving-period <n>', 'save after 1, n, n², … iterations (log), or after every n (default: 2)', decimal)
    .option(
      '--cache-bytes <n>',
      'text, sound, columns, compressed files: temporary disk for decoded rows, which later passes read (default: 1 GiB, 0 for none)',
      decimal,
    )
    .option('--simplify', 'drop the components that no row of DATA belongs to')
    .option('--json', 'print one JSON object, and nothing else, on standard output')
    .option('--quiet', 'print nothing but errors');
  addSettingOptions(addCheckpointOptions(command), Object.values(groups));
  addFrontEndOptions(addComputeOptions(addRowOptions(addDataOptions(command))))
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: FitFlags) => {
      process.exitCode = await runFit(paths, flags, signal);
    });
}

async function runFit(paths: string[], flags: FitFlags, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  const init = await initOf(paths, flags, signal);
  const estimator = new Estimator(modelNameOf(flags, init), settingsOf(flags, init));
  checkFlags(paths, flags);
  const { heldOutFraction, seed } = flags;
  const { kernel } = checkComputing(computing(flags));
  await checkSavable(flags.output, outputGroupOf(flags));
  const checkpoint = await checkpointOf(flags);
  const progress = new ProgressLine(flags.quiet === true, kernel);
  let source: Source | undefined;
  let unseen: Source | undefined;
  try {
    const rowsFor = init instanceof MixtureModel ? init : undefined;
    source = await openPaths(paths, flags, signal, rowsFor, checkpoint?.keep);
    unseen =
      flags.heldOut === undefined
        ? undefined
        : await openPaths([flags.heldOut], { ...flags, weights: undefined }, signal, source, checkpoint?.keep);
    const result = await estimator.fitWithReport(source, {
      signal,
      ...computing(flags),
      heldOut: unseen ?? (heldOutFraction === undefined ? undefined : randomHoldOut(heldOutFraction, seed)),
      saving: flags.saving && { path: flags.output, spacing: flags.saving, period: flags.savingPeriod },
      checkpoint,
      onProgress: progress.onProgress,
      onIteration: progress.onIteration,
      onWarning: (message) => process.stderr.write(`warning: ${message}\n`),
    });
    const seconds = (performance.now() - began) / 1000;
    const model =
      flags.simplify && !signal.aborted
        ? await result.model.simplify(source, { signal, ...computing(flags) })
        : result.model;
    await model.save(flags.output, { group: outputGroupOf(flags) });
    progress.stop();
    reportSkipped(result.skipped);
    reportSkipped(unseen?.skipped ?? null);
    const report = reportOf(result, model, { seconds, done: checkpoint?.resumed ?? 0 }, flags.output);
    if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else if (!flags.quiet) process.stdout.write(`${summary(report, result)}\n`);
    if (report.stopReason !== 'aborted') return 0;
    if (checkpoint) process.stderr.write(howToGoOn(checkpoint));
    return INTERRUPTED;
  } catch (error) {
    if (!signal.aborted || !checkpoint) throw error;
    process.stderr.write(howToGoOn(checkpoint));
    return INTERRUPTED;
  } finally {
    progress.stop();
    await source?.close();
    await unseen?.close();
  }
}

/** Checks that go beyond the range of a setting. */
function checkFlags(paths: readonly string[], flags: FitFlags): void {
  const { rows, initModel, heldOut, heldOutFraction, output, saving, savingPeriod } = flags;
  if (savingPeriod !== undefined && saving === undefined) {
    throw new SettingError(
      'missing-setting',
      `savingPeriod: says when to save: give --saving ${Object.keys(spacings).join(' or ')}`,
      { setting: 'saving' },
    );
  }
  if (heldOutFraction !== undefined && !(heldOutFraction > 0 && heldOutFraction < 1)) {
    throw new SettingError(
      'bad-setting',
      `heldOutFraction: received ${heldOutFraction}, expected a number between 0 and 1`,
      { setting: 'heldOutFraction' },
    );
  }
  if (rows !== undefined && initModel === undefined)
    throw new SettingError('setting-conflict', 'rows: says something of --init-model: leave it out', {
      setting: 'rows',
    });
  if (heldOut === '-' && paths.includes('-'))
    throw new SettingError('setting-conflict', 'heldOut: standard input can be read only once', { setting: 'heldOut' });
  checkModelOutput(output);
}

/** `done` iterations were made before the fit was resumed, `seconds` ago. */
function reportOf(
  result: FitResult,
  model: MixtureModel,
  { seconds, done }: { readonly seconds: number; readonly done: number },
  output: string,
) {
  const { rows, heldOutRows, iterations } = result;
  return {
    model: model.kind,
    covariance: model.covarianceType,
    components: model.components,
    dimensions: model.dimensions,
    rows,
    heldOutRows,
    iterations,
    stopReason: result.model.stopReason!,
    criterion: model.criterion,
    heldOutCriterion: model.heldOutCriterion,
    seconds,
    rowsPerSecond: ((rows + heldOutRows) * (iterations + 1 - done)) / seconds,
    peakMemoryBytes: peakMemoryBytes(),
    threads: result.threads,
    kernel: result.kernel,
    output,
  };
}

function summary(report: ReturnType<typeof reportOf>, { model: fitted, moved }: FitResult): string {
  const { rows, heldOutRows, iterations, criterion, heldOutCriterion } = report;
  const course = (values: readonly number[], of: number): string =>
    `${figure(values[0]! / of)} a row before the first iteration, ${figure(values.at(-1)! / of)} after the last`;
  const moves = moved.reduce((total, each) => total + each, 0);
  const lines: [string, string][] = [
    [
      'data',
      `${count(rows)} rows × ${report.dimensions} columns${heldOutRows ? `, ${count(heldOutRows)} more held out` : ''}`,
    ],
    [
      'components',
      `${report.components}${report.components < fitted.components ? ` left of ${fitted.components}` : ''}`,
    ],
    ['iterations', `${iterations}: ${stopReasons[report.stopReason]}`],
    ['criterion', course(criterion, rows)],
    ...(moves > 0 ? [['moved', `${count(moves)} times a cluster that held no rows`] as [string, string]] : []),
    ...(heldOutCriterion ? [['held out', course(heldOutCriterion, heldOutRows)] as [string, string]] : []),
    [
      'time',
      `${duration(report.seconds)}, ${count(report.rowsPerSecond)} rows/s, ${megabytes(report.peakMemoryBytes)} at the most`,
    ],
    ['computed', `by the kernel ${report.kernel}, on ${report.threads} ${report.threads === 1 ? 'thread' : 'threads'}`],
    ['saved', `${report.output} (after ${iterationCount(fitted.iterations)})`],
  ];
  const { title } = models[report.model];
  return `${title[0]!.toUpperCase()}${title.slice(1)}${report.covariance ? `, ${report.covariance} covariance` : ''}\n${columns(lines)}`;
}
