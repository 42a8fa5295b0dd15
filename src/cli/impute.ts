// `megamix impute`.
import type { Command } from 'commander';
import { addDataOptions, addModelOptions, type DataFlags, type ModelFlags, withModelAndData } from './options.ts';
import { addOutputOptions, checkOutput, type OutputFlags, writeOutput } from './output.ts';

interface ImputeFlags extends DataFlags, ModelFlags, OutputFlags {}

const EXAMPLES = `
Examples:
  megamix impute gmm.h5 holes.csv -o whole.csv
  megamix impute gmm.h5 holes.npy -o - | head`;

export function addImpute(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Write the rows of DATA, with what is to be expected given the other numbers of the row in place of each missing number (NaN, or an empty cell).',
    )
    .argument('<model>', 'a saved model with densities: all but kmeans')
    .argument('<data...>', 'files, globs, or -');
  addDataOptions(addModelOptions(addOutputOptions(command)))
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, paths: string[], flags: ImputeFlags) => {
      checkOutput(flags);
      await withModelAndData(path, paths, { ...flags, onInvalid: 'missing' }, signal, async (model, source) => {
        await writeOutput(flags, { runs: model.impute(source, { signal }), columns: source.dimensions }, signal);
      });
    });
}
