// `megamix predict`.
import { type Command, Option } from 'commander';
import type { MixtureModel } from '../inference/model.ts';
import type { InferenceOptions } from '../inference/options.ts';
import type { Source } from '../sources/source.ts';
import type { RowPart } from '../storage/rows/ark.ts';
import type { RowRuns } from '../storage/rows/rows.ts';
import {
  addComputeOptions,
  addDataOptions,
  addMissingOption,
  addModelOptions,
  type ComputeFlags,
  computing,
  type DataFlags,
  type ModelFlags,
  type RowFlags,
  withModelAndData,
} from './options.ts';
import { checkOutput, writeOutput } from './output.ts';

interface PredictFlags extends ComputeFlags, DataFlags, ModelFlags, Pick<RowFlags, 'onInvalid'> {
  readonly output: string;
  readonly as: keyof typeof outputs;
}

type Predict = (model: MixtureModel, source: Source, options: InferenceOptions) => RowRuns;

const outputs = {
  labels: (model, source, options) => ({ runs: model.labels(source, options), columns: undefined }),
  'log-resp': (model, source, options) => ({
    runs: numbersOf(model.logResponsibilities(source, options)),
    columns: model.components,
  }),
  distances: (model, source, options) => ({
    runs: numbersOf(model.distances(source, options)),
    columns: model.components,
  }),
  'log-prob': (model, source, options) => ({ runs: model.logProbabilities(source, options), columns: undefined }),
  'log-normaliser': (model, source, options) => ({ runs: model.logNormalisers(source, options), columns: undefined }),
} satisfies Record<string, Predict>;

const EXAMPLES = `
Examples:
  megamix predict gmm.h5 speech.npy -o labels.npy
  megamix predict gmm.h5 'test/*.npy' --as log-resp -o responsibilities.npy
  megamix predict gmm.h5 frames.csv --as log-prob -o - | head`;

export function addPredict(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Write one row for each row of DATA: its label; its log responsibilities; its distances from all components (of K-means from the centres, else Mahalanobis distances); its log-probability, the logarithm of a ' +
        'density (of Bayesian models the posterior predictive); or the log normaliser of its responsibilities, which the criterion adds up.',
    )
    .argument('<model>', 'a saved model')
    .argument('<data...>', 'files, globs, or -')
    .requiredOption('-o, --output <file>', 'OUT.npy, OUT.csv, or - for CSV on standard output')
    .addOption(new Option('--as <what>', 'what to write').choices(Object.keys(outputs)).default('labels'));
  addMissingOption(addComputeOptions(addDataOptions(addModelOptions(command))))
    .addHelpText('after', EXAMPLES)
    .action((path: string, paths: string[], flags: PredictFlags) => runPredict(path, paths, flags, signal));
}

async function runPredict(path: string, paths: string[], flags: PredictFlags, signal: AbortSignal): Promise<void> {
  checkOutput(flags.output, ['.npy', '.csv']);
  await withModelAndData(path, paths, flags, signal, async (model, source) => {
    const rows = outputs[flags.as](model, source, { signal, ...computing(flags) });
    const part = (): RowPart => ({ number: source.partsRead });
    await writeOutput(flags.output, { ...rows, part }, signal, 'predict each by itself to keep them apart');
  });
}

async function* numbersOf(chunks: AsyncIterable<{ data: Float64Array | Float32Array }>): AsyncGenerator<Float64Array> {
  for await (const { data } of chunks) yield data as Float64Array;
}
