// `megamix impute`.
import type { Command } from 'commander';
import { rowExtensions } from '../storage/rows/rows.ts';
import { addDataOptions, addModelOptions, type DataFlags, type ModelFlags, withModelAndData } from './options.ts';
import { checkOutput, writeOutput } from './output.ts';

interface ImputeFlags extends DataFlags, ModelFlags {
  readonly output: string;
}

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
    .argument('<data...>', 'files, globs, or -')
    .requiredOption(
      '-o, --output <file>',
      `OUT, a name that ends with ${rowExtensions.join(', ')}, or - for CSV on standard output`,
    );
  addDataOptions(addModelOptions(command))
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, paths: string[], flags: ImputeFlags) => {
      checkOutput(flags.output);
      await withModelAndData(path, paths, { ...flags, onInvalid: 'missing' }, signal, async (model, source) => {
        const runs = numbersOf(model.impute(source, { signal }));
        const part = () => ({ number: source.partsRead });
        await writeOutput(flags.output, { runs, columns: source.dimensions, part }, signal);
      });
    });
}

async function* numbersOf(
  chunks: AsyncIterable<{ readonly data: Float64Array | Float32Array }>,
): AsyncGenerator<Float64Array | Float32Array> {
  for await (const { data } of chunks) yield data;
}
