// `megamix sample`.
import type { Command } from 'commander';
import { MixtureModel } from '../inference/model.ts';
import type { Sample } from '../inference/sample.ts';
import type { RowRun } from '../storage/rows/runs.ts';
import { addModelOptions, type ModelFlags } from './options.ts';
import { checkOutput, OUTPUTS, writeOutput } from './output.ts';
import { decimal } from './text.ts';

interface SampleFlags extends ModelFlags {
  readonly count: number;
  readonly seed?: number;
  readonly output: string;
}

const EXAMPLES = `
Examples:
  megamix sample gmm.h5 --count 1000000 -o drawn.npy
  megamix sample gmm.h5 --count 10 --seed 3 -o -`;

export function addSample(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Draw rows from the density of a saved model (Student-t distributed rows from Bayesian models); the same rows for the same seed.',
    )
    .argument('<model>', 'a saved model')
    .requiredOption('--count <n>', 'how many rows', decimal)
    .requiredOption('-o, --output <file>', OUTPUTS)
    .option('--seed <n>', 'of everything random (default: 0)', decimal);
  addModelOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, { count, seed, output, ...flags }: SampleFlags) => {
      checkOutput({ output });
      const { group, model: name, rows, discount } = flags;
      const model = await MixtureModel.load(path, { group, model: name, rows, discount, signal });
      const drawn = { runs: runsOf(model.sample(count, { seed })), columns: model.dimensions };
      await writeOutput({ output }, drawn, signal);
    });
}

async function* runsOf(samples: Iterable<Sample>): AsyncGenerator<RowRun> {
  for (const { data } of samples) yield { data };
}
