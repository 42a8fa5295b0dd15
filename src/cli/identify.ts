// `megamix identify`.
import type { Command } from 'commander';
import { SettingError } from '../errors.ts';
import { type Identification, identify } from '../inference/identify.ts';
import { MixtureModel } from '../inference/model.ts';
import { expand } from '../sources/files.ts';
import { hasModel } from '../storage/model-file.ts';
import {
  addComputeOptions,
  addDataOptions,
  addMissingOption,
  addModelOptions,
  type ComputeFlags,
  computing,
  type DataFlags,
  dataOf,
  loadOptions,
  type ModelFlags,
  type RowFlags,
  sourceOptions,
} from './options.ts';
import { columns, figure } from './text.ts';

interface IdentifyFlags extends ComputeFlags, DataFlags, ModelFlags, Pick<RowFlags, 'onInvalid'> {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  megamix identify anna.h5 ben.h5 test/*.npy
  megamix identify 'speakers/*.h5' 'test/*.npy' --json`;

export function addIdentify(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Of each file of DATA, tell the model with the highest mean log-probability of a row (of Bayesian models by the posterior ' +
        'predictive density).',
    )
    .argument(
      '<models-and-data...>',
      'saved models (.h5 files that hold one) and data (all others): files, globs, or -',
    )
    .option('--json', 'print one JSON object');
  addMissingOption(addComputeOptions(addDataOptions(addModelOptions(command))))
    .addHelpText('after', EXAMPLES)
    .action((named: string[], flags: IdentifyFlags) => runIdentify(named, flags, signal));
}

async function runIdentify(named: readonly string[], flags: IdentifyFlags, signal: AbortSignal): Promise<void> {
  const paths = (await Promise.all(named.map((each) => (each === '-' ? [each] : expand(each))))).flat();
  const isModel = await Promise.all(paths.map(async (path) => MODEL.test(path) && (await hasModel(path, flags.group))));
  const data = paths.filter((_, i) => !isModel[i]);
  const modelPaths = paths.filter((_, i) => isModel[i]);
  if (modelPaths.length === 0) {
    throw new SettingError(
      'bad-setting',
      `MODELS: none of ${paths.join(', ')} is a model: name .h5 files that megamix fit has saved`,
      { setting: 'MODELS' },
    );
  }
  if (data.length === 0)
    throw new SettingError('bad-setting', `DATA: all of ${paths.join(', ')} are models: name files of rows too`, {
      setting: 'DATA',
    });
  const models: Record<string, MixtureModel> = {};
  for (const path of modelPaths) models[path] = await MixtureModel.load(path, loadOptions(flags, data, flags, signal));
  const results: Identification[] = [];
  const options = { ...sourceOptions(data, flags, signal), ...computing(flags) };
  for await (const result of identify(models, dataOf(data), options)) {
    if (flags.json) results.push(result);
    else process.stdout.write(`${columns([describe(result)])}\n`);
  }
  if (flags.json) process.stdout.write(`${JSON.stringify({ results })}\n`);
}

const MODEL = /\.(?:h5|hdf5)$/i;

/** The best model, its score, and how much better it is than the next. */
function describe({ data, best, scores }: Identification): [string, string] {
  const [next] = Object.entries(scores)
    .filter(([name]) => name !== best)
    .sort(([, a], [, b]) => b - a);
  const score = `${best}  ${figure(scores[best]!)} a row`;
  return [data, next ? `${score}, ${figure(scores[best]! - next[1], 4)} more than ${next[0]}` : score];
}
