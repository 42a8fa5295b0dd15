import type { Command } from 'commander';
import type { Score } from '../model.ts';
import {
  addComputeOptions,
  addDataOptions,
  addModelOptions,
  addRowOptions,
  type ComputeFlags,
  computing,
  type DataFlags,
  type ModelFlags,
  type RowFlags,
  reportSkipped,
  withModelAndData,
} from './options.ts';
import { columns, count, figure } from './text.ts';

interface ScoreFlags extends ComputeFlags, DataFlags, RowFlags, ModelFlags {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  megamix score gmm.h5 test.npy
  megamix score gmm.h5 'test/*.npy' --json`;

export function addScore(program: Command, signal: AbortSignal): void {
  const command = program
    .command('score')
    .summary('tell how well a model explains data')
    .description("Print the model's criterion, and the mean log-probability of a row, on DATA.")
    .argument('<model>', 'a saved model')
    .argument('<data...>', 'files, globs, or -')
    .option('--json', 'print one JSON object');
  addComputeOptions(addRowOptions(addDataOptions(addModelOptions(command))))
    .addHelpText('after', EXAMPLES)
    .action((path: string, paths: string[], flags: ScoreFlags) =>
      withModelAndData(path, paths, flags, signal, async (model, source) => {
        const score = await model.score(source, { signal, ...computing(flags) });
        reportSkipped(source.skipped);
        process.stdout.write(`${flags.json ? JSON.stringify({ model: model.model, ...score }) : describe(score)}\n`);
      }),
    );
}

function describe({ rows, criterion, criterionPerRow, logProbPerRow, aic, bic }: Score): string {
  const lines: [string, string][] = [
    ['rows', count(rows)],
    ['criterion', `${figure(criterion, 10)}, ${figure(criterionPerRow)} a row`],
  ];
  if (logProbPerRow !== null) lines.push(['log-probability', `${figure(logProbPerRow)} a row`]);
  if (aic !== null && bic !== null) lines.push(['AIC', figure(aic, 10)], ['BIC', figure(bic, 10)]);
  return columns(lines);
}
