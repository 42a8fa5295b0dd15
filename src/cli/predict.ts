import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { SettingError } from '../errors.ts';
import type { InferenceOptions, MixtureModel } from '../model.ts';
import type { Source } from '../source.ts';
import { writeAtomically } from '../storage/atomic.ts';
import { writeNpy } from '../storage/npy.ts';
import {
  addComputeOptions,
  addDataOptions,
  addModelOptions,
  type ComputeFlags,
  computing,
  type DataFlags,
  type ModelFlags,
  withModelAndData,
} from './options.ts';

interface PredictFlags extends ComputeFlags, DataFlags, ModelFlags {
  readonly output: string;
  readonly as: keyof typeof outputs;
}

/** Runs of rows, of so many columns (undefined: one number a row). */
interface Predicted {
  readonly runs: AsyncIterable<Float64Array | Int32Array>;
  readonly columns: number | undefined;
}

type Predict = (model: MixtureModel, source: Source, options: InferenceOptions) => Predicted;

const outputs = {
  labels: (model, source, options) => ({ runs: model.labels(source, options), columns: undefined }),
  'log-resp': (model, source, options) => ({
    runs: numbersOf(model.logResponsibilities(source, options)),
    columns: model.components,
  }),
  'log-prob': (model, source, options) => ({ runs: model.logProbabilities(source, options), columns: undefined }),
} satisfies Record<string, Predict>;

const EXAMPLES = `
Examples:
  megamix predict gmm.h5 speech.npy -o labels.npy
  megamix predict gmm.h5 'test/*.npy' --as log-resp -o responsibilities.npy
  megamix predict gmm.h5 frames.csv --as log-prob -o - | head`;

export function addPredict(program: Command, signal: AbortSignal): void {
  const command = program
    .command('predict')
    .summary('label rows, or give their log-probabilities')
    .description('Write one row for each row of DATA: its label, its log-probability, or its log responsibilities.')
    .argument('<model>', 'a saved model')
    .argument('<data...>', 'files, globs, or -')
    .requiredOption('-o, --output <file>', 'OUT.npy, OUT.csv, or - for CSV on standard output')
    .addOption(new Option('--as <what>', 'what to write').choices(Object.keys(outputs)).default('labels'));
  addComputeOptions(addDataOptions(addModelOptions(command)))
    .addHelpText('after', EXAMPLES)
    .action((path: string, paths: string[], flags: PredictFlags) => runPredict(path, paths, flags, signal));
}

async function runPredict(path: string, paths: string[], flags: PredictFlags, signal: AbortSignal): Promise<void> {
  const extension = flags.output === '-' ? '.csv' : extname(flags.output).toLowerCase();
  if (extension !== '.npy' && extension !== '.csv') {
    throw new SettingError(`output: received ${flags.output}, expected a name that ends with .npy or .csv, or -`);
  }
  await withModelAndData(path, paths, flags, signal, async (model, source) => {
    const { runs, columns } = outputs[flags.as](model, source, { signal, ...computing(flags) });
    if (extension === '.npy') await writeNpy(flags.output, runs, columns);
    else if (flags.output === '-') await pipeline(toCsv(runs, columns), process.stdout, { end: false, signal });
    else
      await writeAtomically(flags.output, (temporary) =>
        pipeline(toCsv(runs, columns), createWriteStream(temporary), { signal }),
      );
  });
}

async function* numbersOf(chunks: AsyncIterable<{ data: Float64Array | Float32Array }>): AsyncGenerator<Float64Array> {
  for await (const { data } of chunks) yield data as Float64Array;
}

async function* toCsv(runs: AsyncIterable<Float64Array | Int32Array>, columns = 1): AsyncGenerator<string> {
  for await (const run of runs) {
    const lines: string[] = [];
    for (let at = 0; at < run.length; at += columns) lines.push(run.subarray(at, at + columns).join(','));
    yield `${lines.join('\n')}\n`;
  }
}
