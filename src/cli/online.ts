// `megamix online`.
import type { Command } from 'commander';
import type { Chunk } from '../chunk.ts';
import { DataError, FileError, inOneLine, SettingError, wrongWidth } from '../errors.ts';
import { Estimator } from '../estimator.ts';
import { OnlineFit } from '../fitting/online/online-fit.ts';
import { onlineDefinitions } from '../fitting/online/setting-table.ts';
import type { OnlineOptions } from '../fitting/online/settings.ts';
import { groups } from '../fitting/setting-table.ts';
import type { OnlineSettings } from '../fitting/settings-types.ts';
import { MixtureModel } from '../inference/model.ts';
import { checkComputing } from '../kernels/index.ts';
import { openOnce, type Source } from '../sources/source.ts';
import type { FrontEndSettings, HasFrontEnd } from '../speech/front-end.ts';
import { checkSavable, stateGroupOf } from '../storage/model-file.ts';
import { pieces, view } from '../util/blocks.ts';
import { givenOf } from '../util/definition.ts';
import { parsePeriod } from '../util/period.ts';
import { addDefinedOptions } from './defined-options.ts';
import { INTERRUPTED } from './exit-codes.ts';
import { addFrontEndOptions } from './front-end.ts';
import {
  beginningOf,
  checkBegun,
  hashOf,
  holdsState,
  noteOf,
  parseSkipRows,
  placeOf,
  type RunNote,
  type SkipRows,
} from './online-resume.ts';
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
import { PeriodicSaving } from './periodic-saving.ts';
import { ArrivalLine } from './progress.ts';
import {
  addSettingOptions,
  groupHelp,
  initOf,
  modelNameOf,
  outputGroupOf,
  type SettingFlags,
  settingsOf,
  stepSizeOf,
} from './setting-options.ts';
import { columns, count, duration, figure } from './text.ts';

interface OnlineFlags
  extends DataFlags,
    RowFlags,
    ComputeFlags,
    FrontEndSettings,
    SettingFlags,
    Omit<OnlineSettings, 'stepSize'> {
  readonly output: string;
  readonly resume?: boolean;
  readonly skipRows?: string;
  readonly heldOut?: string;
  readonly saveEvery: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const SAVE_EVERY = '60s';
const SAVINGS = { setting: 'saveEvery', measures: ['seconds', 'rows', 'windows'], unit: 'windows' } as const;

const EXAMPLES = `
Examples:
  megamix online frames.npy --model gmm --components 64 --window 256 --kappa 0.7 -o gmm.h5
  recorder | megamix online - --format csv --model dpgmm --components 100 --held-out dev.npy -o dp.h5
  megamix online more.npy --resume -o gmm.h5
  megamix online frames.npy --model gmm --components 64 --resume --skip-rows resume -o gmm.h5   # begins, or goes on`;

export function addOnline(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Read DATA once and learn from one window of rows after the other. OUTPUT holds the best model (on held-out data, else ' +
        'the latest), and in another group what it takes to go on exactly (--resume), also after an interruption.',
    )
    .argument('<data...>', 'files, globs, or -')
    .requiredOption('-o, --output <file>', 'where to save the model (HDF5)')
    .option('--group <name>', groupHelp)
    .option('--resume', 'go on from what OUTPUT holds: DATA are further rows (default, and if it holds nothing: begin)')
    .option(
      '--skip-rows <n>',
      'leave out so many rows of DATA first; resume: those that the run to go on with has used, for a command that is started again',
    )
    .option('--held-out <data>', 'data that decide which model is best')
    .option('--save-every <period>', 'how often to save: as 60s, 5000000rows or 1000windows', SAVE_EVERY)
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
  const { output } = flags;
  const group = outputGroupOf(flags);
  const every = parsePeriod(flags.saveEvery, SAVINGS);
  const asked = parseSkipRows(flags.skipRows, flags.resume);
  const { kernel } = checkComputing(computing(flags));
  await checkSavable(output, group);
  await checkSavable(output, stateGroupOf(group));
  const progress = new ArrivalLine(flags.quiet === true);
  const { online, source, skip, note } = await begin(paths, flags, asked, progress, signal);
  online.on('error', () => {}); // an interrupt while nothing is added; otherwise the promise reports it
  const before = online.rows;
  const save = () => online.save(output, { group, note: JSON.stringify(note) });
  const saving = new PeriodicSaving(online, save, every, flags.window ?? onlineDefinitions.window.default);
  let status = 0;
  try {
    for await (const chunk of skipping(source, skip)) {
      for (const piece of pieces(chunk, saving.mostRows)) {
        await online.add(piece);
        progress.onRows(online.rows - before);
        await saving.added();
      }
      chunk.release?.();
    }
    await online.finish();
    await save();
  } catch (error) {
    const isInterrupted = signal.aborted;
    const isOfData = error instanceof DataError || error instanceof FileError;
    if (!(isInterrupted || isOfData) || online.rows === 0) throw error;
    await save(); // what was learned is not lost
    if (isOfData && !isInterrupted) {
      error.message += inOneLine(`; what was learned before is in ${output}`);
      throw error;
    }
    status = INTERRUPTED;
  } finally {
    await saving.stop();
    progress.stop();
    online.destroy();
    await source.close();
  }
  reportSkipped(source.skipped);
  const { windows, rows } = online;
  const model = online.best; // none if it was interrupted during warm-up
  const seconds = (performance.now() - began) / 1000;
  const read = rows - before;
  const report = {
    model: model?.kind ?? null,
    covariance: model?.covarianceType ?? null,
    components: model?.components ?? 0,
    dimensions: source.dimensions,
    rows,
    windows,
    heldOutCriterion: model?.heldOutCriterion?.at(-1) ?? null,
    seconds,
    rowsPerSecond: read / seconds,
    kernel,
    output,
    stopReason: status === 0 ? 'end' : 'aborted',
  };
  if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else if (!flags.quiet && model) process.stdout.write(`${summary(report, read)}\n`);
  if (status !== 0) {
    const used = read + skip;
    process.stderr.write(
      `megamix: interrupted after ${count(used)} rows of the data; to go on with the others: --resume --skip-rows ${used}\n`,
    );
  }
  return status;
}

/** The online fit, the rows that it learns from, how many of them to leave out, and what to keep of the command line. */
interface Begun {
  readonly online: OnlineFit;
  readonly source: Source;
  readonly skip: number;
  readonly note: RunNote;
}

async function begin(
  paths: string[],
  flags: OnlineFlags,
  asked: SkipRows,
  { onCheck }: ArrivalLine,
  signal: AbortSignal,
): Promise<Begun> {
  const { heldOut, onInvalid, output, resume } = flags;
  const group = outputGroupOf(flags);
  const options: OnlineOptions = {
    ...givenOf(onlineDefinitions, flags),
    ...{ heldOut, onInvalid, onCheck, signal },
    ...computing(flags),
    stepSize: stepSizeOf(flags),
    onWarning: (message) => process.stderr.write(`warning: ${message}\n`),
  };
  const tell = (text: string): unknown => flags.quiet || process.stderr.write(`megamix: ${text}\n`);
  const read = (rowsFor?: HasFrontEnd): Promise<Source> =>
    openOnce(dataOf(paths), { ...sourceOptions(paths, flags, signal), rowsFor });
  const begun = beginningOf(flags);
  if (resume && (await holdsState(output, group))) {
    const online = await OnlineFit.resume(output, { ...options, group });
    const before = noteOf(online);
    checkBegun(output, begun, before);
    const { skip, told } = placeOf(online, asked, paths, output);
    const source = await read(online);
    const { rows, dimensions } = online;
    if (source.dimensions !== dimensions) throw wrongWidth(source.name, source.dimensions, dimensions!);
    tell(told);
    return { online, source, skip, note: { data: hashOf(paths), before: rows - skip, begun: before?.begun ?? begun } };
  }
  if (resume && flags.model === undefined && flags.initModel === undefined) {
    throw new SettingError(
      'missing-setting',
      `model: received nothing, and ${output} holds nothing to go on from: give another OUTPUT, or say how to begin`,
      { setting: 'model' },
    );
  }
  const init = await initOf(paths, flags, signal);
  const settings = { ...settingsOf(flags, init), algorithm: 'stepwise' } as const;
  const estimator = new Estimator(modelNameOf(flags, init), settings);
  estimator.online(options).destroy(); // what is wrong with them should be known before anything is read
  const source = await read(init instanceof MixtureModel ? init : undefined);
  if (resume) tell(`${output} holds nothing to go on from: begins with the first row`);
  const skip = asked === 'resume' ? 0 : asked;
  const online = estimator.online({ ...options, frontEnd: source.frontEnd });
  return { online, source, skip, note: { data: hashOf(paths), before: -skip, begun } };
}

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
