// `megamix online`.
import type { Command } from 'commander';
import type { Chunk } from '../chunk.ts';
import { DataError, FileError, inOneLine, SettingError, wrongWidth } from '../errors.ts';
import { Estimator } from '../estimator.ts';
import { OnlineFit } from '../fitting/online/online-fit.ts';
import { onlineDefinitions } from '../fitting/online/setting-table.ts';
import type { OnlineOptions } from '../fitting/online/settings.ts';
import { fitDefinitions, groups } from '../fitting/setting-table.ts';
import type { OnlineSettings } from '../fitting/settings-types.ts';
import { MixtureModel } from '../inference/model.ts';
import { checkComputing } from '../kernels/index.ts';
import { openOnce, type Source } from '../sources/source.ts';
import type { FrontEndSettings, HasFrontEnd } from '../speech/front-end.ts';
import { checkSavable } from '../storage/model-file.ts';
import { view } from '../util/blocks.ts';
import { givenOf, namesOf } from '../util/definition.ts';
import { addDefinedOptions } from './defined-options.ts';
import { addFrontEndOptions } from './front-end.ts';
import {
  addComputeOptions,
  addDataOptions,
  addRowOptions,
  type ComputeFlags,
  computing,
  type DataFlags,
  dataOf,
  type RowFlags,
  reportSkipped,
  sourceOptions,
} from './options.ts';
import { ArrivalLine } from './progress.ts';
import {
  addSettingOptions,
  initOf,
  modelNameOf,
  type SettingFlags,
  settingsOf,
  stepSizeOf,
} from './setting-options.ts';
import { columns, count, decimal, duration, figure } from './text.ts';

interface OnlineFlags
  extends DataFlags,
    RowFlags,
    ComputeFlags,
    FrontEndSettings,
    SettingFlags,
    Omit<OnlineSettings, 'stepSize'> {
  readonly output: string;
  readonly resume?: boolean;
  readonly skipRows?: number;
  readonly heldOut?: string;
  readonly saveEvery: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const SAVE_EVERY = 1000;
const INTERRUPTED = 130;

const EXAMPLES = `
Examples:
  megamix online frames.npy --model gmm --components 64 --window 256 --kappa 0.7 -o gmm.h5
  recorder | megamix online - --format csv --model dpgmm --components 100 --held-out dev.npy -o dp.h5
  megamix online more.npy --resume -o gmm.h5`;

export function addOnline(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Read DATA once and learn from one window of rows after the other. OUTPUT holds the best model (on held-out data, else ' +
        'the latest), and in another group what it takes to go on exactly (--resume), also after an interruption.',
    )
    .argument('<data...>', 'files, globs, or -')
    .requiredOption('-o, --output <file>', 'where to save the model (HDF5)')
    .option('--group <name>', 'group to save it in, and to load --init-model from (default: model_fitted)')
    .option('--resume', 'go on from what OUTPUT holds: DATA are further rows')
    .option('--skip-rows <n>', 'leave out so many rows of DATA first: those that were learned from already', decimal)
    .option('--held-out <data>', 'data that decide which model is best')
    .option('--save-every <n>', 'windows between two savings', decimal, SAVE_EVERY)
    .option('--json', 'print one JSON object, and nothing else, on standard output')
    .option('--quiet', 'print nothing but errors');
  const { model, beginning, prior } = groups;
  addSettingOptions(addDefinedOptions(command, onlineDefinitions), [model, beginning, prior]);
  addFrontEndOptions(addComputeOptions(addRowOptions(addDataOptions(command))))
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: OnlineFlags) => {
      process.exitCode = await runOnline(paths, flags, signal);
    });
}

async function runOnline(paths: string[], flags: OnlineFlags, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  const { output, group, saveEvery, skipRows = 0 } = flags;
  if (!(Number.isSafeInteger(saveEvery) && saveEvery >= 1)) {
    throw new SettingError('bad-setting', `saveEvery: received ${saveEvery}, expected a whole number ≥ 1`, {
      setting: 'saveEvery',
    });
  }
  if (!(Number.isSafeInteger(skipRows) && skipRows >= 0)) {
    throw new SettingError('bad-setting', `skipRows: received ${skipRows}, expected a whole number ≥ 0`, {
      setting: 'skipRows',
    });
  }
  const { kernel } = checkComputing(computing(flags));
  await checkSavable(output, group);
  const progress = new ArrivalLine(flags.quiet === true);
  const { online, source } = await begin(paths, flags, progress, signal);
  online.on('error', () => {}); // an interrupt while nothing is added; otherwise the promise reports it
  const before = online.rows;
  const save = () => online.save(output, { group });
  let status = 0;
  let saved = online.windows;
  try {
    for await (const chunk of skipping(source, skipRows)) {
      await online.add(chunk);
      chunk.release?.();
      progress.onRows(online.rows - before);
      if (online.windows - saved < saveEvery) continue;
      await save();
      saved = online.windows;
    }
    await online.finish();
    await save();
  } catch (error) {
    const isInterrupted = signal.aborted;
    const isOfData = error instanceof DataError || error instanceof FileError;
    if (!(isInterrupted || isOfData) || !online.model) throw error;
    await save(); // what was learned is not lost
    if (isOfData && !isInterrupted) {
      error.message += inOneLine(`; what was learned before is in ${output}`);
      throw error;
    }
    status = INTERRUPTED;
  } finally {
    progress.stop();
    online.destroy();
    await source.close();
  }
  reportSkipped(source.skipped);
  const { windows, rows } = online;
  const model = online.best!;
  const seconds = (performance.now() - began) / 1000;
  const read = rows - before;
  const report = {
    model: model.kind,
    covariance: model.covarianceType,
    components: model.components,
    dimensions: model.dimensions,
    rows,
    windows,
    heldOutCriterion: model.heldOutCriterion?.at(-1) ?? null,
    seconds,
    rowsPerSecond: read / seconds,
    kernel,
    output,
    stopReason: status === 0 ? 'end' : 'aborted',
  };
  if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else if (!flags.quiet) process.stdout.write(`${summary(report, read)}\n`);
  if (status !== 0) {
    const skip = read + skipRows;
    process.stderr.write(
      `megamix: interrupted after ${count(skip)} rows of the data; to go on with the others: --resume --skip-rows ${skip}\n`,
    );
  }
  return status;
}

/** The online fit, and the rows that it learns from. */
async function begin(
  paths: string[],
  flags: OnlineFlags,
  { onCheck }: ArrivalLine,
  signal: AbortSignal,
): Promise<{ readonly online: OnlineFit; readonly source: Source }> {
  const { heldOut, onInvalid, output, resume } = flags;
  const options: OnlineOptions = {
    ...givenOf(onlineDefinitions, flags),
    ...{ heldOut, onInvalid, onCheck, signal },
    ...computing(flags),
    stepSize: stepSizeOf(flags),
    onWarning: (message) => process.stderr.write(`warning: ${message}\n`),
  };
  const read = (rowsFor?: HasFrontEnd): Promise<Source> =>
    openOnce(dataOf(paths), { ...sourceOptions(paths, flags, signal), rowsFor });
  if (resume) {
    const clash = ofABeginning.find((name) => flags[name] !== undefined);
    if (clash)
      throw new SettingError('setting-conflict', `${clash}: what is gone on from has its own: leave it out`, {
        setting: clash,
      });
    const online = await OnlineFit.resume(output, { ...options, group: flags.group });
    const source = await read(online);
    const { dimensions } = online.model!;
    if (source.dimensions !== dimensions) throw wrongWidth(source.name, source.dimensions, dimensions);
    return { online, source };
  }
  const init = await initOf(paths, flags, signal);
  const settings = { ...settingsOf(flags, init), algorithm: 'stepwise' } as const;
  const estimator = new Estimator(modelNameOf(flags, init), settings);
  estimator.online(options).destroy(); // what is wrong with them should be known before anything is read
  const source = await read(init instanceof MixtureModel ? init : undefined);
  return { online: estimator.online({ ...options, frontEnd: source.frontEnd }), source };
}

/** Settings that a resumed state fixes; windows and steps may be repeated. */
const ofABeginning = ([...namesOf(fitDefinitions), 'model', 'grow', 'initMeans', 'initModel', 'rows'] as const).filter(
  (name) => name !== 'window' && name !== 'stepSize',
) as (keyof OnlineFlags)[];

/** The rows of a source after the first `rows`. */
async function* skipping(source: Source, rows: number): AsyncGenerator<Chunk> {
  let left = rows;
  for await (const chunk of source.arriving()) {
    const skipped = Math.min(left, chunk.rows);
    left -= skipped;
    if (skipped < chunk.rows) yield view(chunk, skipped, chunk.rows - skipped);
    else chunk.release?.();
  }
  if (left > 0)
    throw new DataError('source-changed', `${source.name} has ${rows - left} rows, fewer than the ${rows} to skip`, {
      source: source.name,
    });
}

function summary(
  report: {
    readonly [name in 'rows' | 'windows' | 'dimensions' | 'components' | 'seconds' | 'rowsPerSecond']: number;
  } & { readonly output: string; readonly heldOutCriterion: number | null },
  read: number,
): string {
  const { rows, windows, dimensions, components, seconds, rowsPerSecond, output, heldOutCriterion } = report;
  return columns([
    ['data', `${count(read)} rows × ${dimensions} columns${read < rows ? `, ${count(rows)} in all` : ''}`],
    ['components', `${components}`],
    ['windows', `${count(windows)} in all`],
    ...(heldOutCriterion === null
      ? []
      : [['held out', `${figure(heldOutCriterion, 10)} at the best`] as [string, string]]),
    ['time', `${duration(seconds)}, ${count(rowsPerSecond)} rows/s`],
    ['saved', output],
  ]);
}
