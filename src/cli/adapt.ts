// `megamix adapt`.
import type { Command } from 'commander';
import { adaptationDefinitions } from '../inference/adaptation.ts';
import { MixtureModel } from '../inference/model.ts';
import type { Adaptation } from '../inference/settings-types.ts';
import { openOnce } from '../sources/source.ts';
import { checkSavable } from '../storage/model-file.ts';
import { givenOf } from '../util/definition.ts';
import { sum } from '../util/vector.ts';
import { addDefinedOptions } from './defined-options.ts';
import {
  addComputeOptions,
  addDataOptions,
  addModelOptions,
  addRowOptions,
  type ComputeFlags,
  computing,
  type DataFlags,
  dataOf,
  loadOptions,
  type ModelFlags,
  openPaths,
  type RowFlags,
  reportSkipped,
  sourceOptions,
} from './options.ts';
import { checkModelOutput } from './output.ts';
import { columns, count, figure } from './text.ts';

interface AdaptFlags extends ComputeFlags, DataFlags, RowFlags, ModelFlags, Adaptation {
  readonly output: string;
}

const EXAMPLES = `
Examples:
  megamix adapt ubm.h5 'anna/*.npy' -o anna.h5
  megamix adapt ubm.h5 anna.npy --adapt means,weights,covariances --relevance 10 --iterations 3 -o anna.h5`;

export function addAdapt(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Adapt a model to DATA by relevance MAP (Reynolds, Quatieri & Dunn, 2000), and save the result, a gmm.',
    )
    .argument('<model>', 'a saved model, such as a universal background model')
    .argument('<data...>', 'files, globs, or -')
    .requiredOption('-o, --output <file>', 'where to save the adapted model (HDF5)');
  addDefinedOptions(command, adaptationDefinitions);
  addComputeOptions(addRowOptions(addDataOptions(addModelOptions(command))))
    .addHelpText('after', EXAMPLES)
    .action((path: string, paths: string[], flags: AdaptFlags) => runAdapt(path, paths, flags, signal));
}

async function runAdapt(path: string, paths: string[], flags: AdaptFlags, signal: AbortSignal): Promise<void> {
  const { iterations = 1, output, group } = flags;
  checkModelOutput(output);
  const model = await MixtureModel.load(path, loadOptions(flags, paths, flags, signal));
  await checkSavable(output, group);
  const source =
    iterations > 1
      ? await openPaths(paths, flags, signal, model)
      : await openOnce(dataOf(paths), { ...sourceOptions(paths, flags, signal), rowsFor: model });
  try {
    const adapted = await model.adapt(source, {
      ...givenOf(adaptationDefinitions, flags),
      signal,
      ...computing(flags),
    });
    await adapted.save(output, { group });
    reportSkipped(source.skipped);
    const before = adapted.criterion[0]! / sum(adapted.counts);
    const lines: [string, string][] = [
      ['data', `${count(source.rows!)} rows × ${source.dimensions} columns`],
      ['log-probability', `${figure(before)} a row before`],
      ['saved', output],
    ];
    process.stdout.write(`${columns(lines)}\n`);
  } finally {
    await source.close();
  }
}
