// `megamix simplify`.
import type { Command } from 'commander';
import { checkSavable } from '../storage/model-file.ts';
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
import { checkModelOutput } from './output.ts';

interface SimplifyFlags extends ComputeFlags, DataFlags, ModelFlags {
  readonly output: string;
}

const EXAMPLES = `
Example:
  megamix simplify dp.h5 train.npy -o small.h5`;

export function addSimplify(command: Command, signal: AbortSignal): void {
  command
    .description('Drop the components that no row of DATA belongs to, and save the model that is left.')
    .argument('<model>', 'a saved model')
    .argument('<data...>', 'files, globs, or -')
    .requiredOption('-o, --output <file>', 'where to save the simplified model (HDF5)');
  addComputeOptions(addDataOptions(addModelOptions(command)))
    .addHelpText('after', EXAMPLES)
    .action((path: string, paths: string[], flags: SimplifyFlags) =>
      withModelAndData(path, paths, flags, signal, async (model, source) => {
        checkModelOutput(flags.output);
        await checkSavable(flags.output, flags.group);
        const simplified = await model.simplify(source, { signal, ...computing(flags) });
        await simplified.save(flags.output, { group: flags.group });
        process.stdout.write(
          `${simplified.components} of ${model.components} components left, saved in ${flags.output}\n`,
        );
      }),
    );
}
