// `megamix predict`.
import { type Command, Option } from 'commander';
import { type RowOutputName, rowOutputs } from '../inference/row-outputs.ts';
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
import { addOutputOptions, checkOutput, type OutputFlags, writeOutput } from './output.ts';
import { decimal } from './text.ts';

interface PredictFlags extends ComputeFlags, DataFlags, ModelFlags, OutputFlags, Pick<RowFlags, 'onInvalid'> {
  readonly as: RowOutputName;
  readonly top?: number | undefined;
}

const EXAMPLES = `
Examples:
  megamix predict gmm.h5 speech.npy -o labels.npy
  megamix predict gmm.h5 'test/*.wav' --as resp -o ark,scp:post.ark,post.scp
  megamix predict gmm.h5 'test/*.wav' --as resp -o post.h5f
  megamix predict gmm.h5 'test/*.npy' --as resp -o 'post/{name}.npy'
  megamix predict gmm.h5 feats.scp --as resp --top 10 -o gselect.ark
  megamix predict gmm.h5 frames.csv --as log-prob -o - | head`;

export function addPredict(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Write one row for each row of DATA: its label; its responsibilities, or their logarithms; its distances from all components (of K-means from the centres, else Mahalanobis distances); its log-probability, the logarithm of a ' +
        'density (of Bayesian models the posterior predictive); or the log normaliser of its responsibilities, which the criterion adds up.',
    )
    .argument('<model>', 'a saved model')
    .argument('<data...>', 'files, globs, or -')
    .addOption(new Option('--as <what>', 'what to write').choices(Object.keys(rowOutputs)).default('labels'))
    .option('--top <n>', 'resp, log-resp: only the n largest of each row, with their components', decimal);
  addMissingOption(addComputeOptions(addDataOptions(addModelOptions(addOutputOptions(command)))))
    .addHelpText('after', EXAMPLES)
    .action((path: string, paths: string[], flags: PredictFlags) => runPredict(path, paths, flags, signal));
}

async function runPredict(path: string, paths: string[], flags: PredictFlags, signal: AbortSignal): Promise<void> {
  checkOutput(flags);
  await withModelAndData(path, paths, flags, signal, async (model, source) => {
    const { as, top } = flags;
    const runs = model.predictRows(source, { as, top, signal, ...computing(flags) });
    const columns = rowOutputs[as].isByComponent ? (top ?? model.components) : undefined;
    await writeOutput(flags, { runs, columns, isSparse: top !== undefined }, signal);
  });
}
