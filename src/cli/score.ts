// `megamix score`.
import type { Command } from 'commander';
import type { Score } from '../inference/score.ts';
import { checkFollow, type FollowFlags, follow } from './follow.ts';
import {
  addComputeOptions,
  addDataOptions,
  addModelOptions,
  addRowOptions,
  computing,
  type DataFlags,
  type ModelFlags,
  reportSkipped,
  withModelAndData,
} from './options.ts';
import { asksForParts, type PartScoreFlags, scoreParts } from './part-scores.ts';
import { columns, count, decimal, figure } from './text.ts';

interface ScoreFlags extends FollowFlags, PartScoreFlags, DataFlags, ModelFlags {}

const EXAMPLES = `
Examples:
  megamix score gmm.h5 test.npy
  megamix score gmm.h5 'test/*.npy' --json
  megamix score gmm.h5 feats.scp --per-utterance --json
  megamix score gmm.h5 'test/*.wav' --per-utterance -o scores.csv
  megamix score gmm.h5 feats.scp --per-group --groups utt2spk
  front-end | megamix score gmm.h5 - --format csv --follow --window 100`;

export function addScore(command: Command, signal: AbortSignal): void {
  command
    .description(
      "Print the model's criterion, and the mean log-probability of a row (of Bayesian models by the posterior predictive " +
        'density), on DATA.',
    )
    .argument('<model>', 'a saved model')
    .argument('<data...>', 'files, globs, or -')
    .option(
      '--follow',
      'a line for each row as soon as it is there: log-probability, label, and what is asked for below',
    )
    .option('--window <n>', '--follow: the mean log-probability of the last n rows too', decimal)
    .option('--top <n>', '--follow: the n most probable components too, each with its responsibility', decimal)
    .option('--per-utterance', 'a line for each file or utterance: name, rows, log-probability, and that of a row')
    .option('--per-group', 'the same for each group of them, as --groups says')
    .option(
      '--average',
      'name and mean log-probability of each, as gmm-global-get-frame-likes --average=true prints them',
    )
    .option('-o, --output <file>', '--per-utterance, --per-group: OUT.csv or OUT.jsonl (default: standard output)')
    .option('--json', 'print one JSON object; of parts one a line; with --follow one for each row');
  addComputeOptions(addRowOptions(addDataOptions(addModelOptions(command))))
    .addHelpText('after', EXAMPLES)
    .action((path: string, paths: string[], flags: ScoreFlags) => {
      checkFollow(flags);
      const isOfParts = asksForParts(flags);
      return withModelAndData(path, paths, flags, signal, async (model, source) => {
        if (flags.follow) return follow(model, source, flags, signal);
        if (isOfParts) return scoreParts(model, source, flags, signal);
        const score = await model.score(source, { signal, ...computing(flags) });
        reportSkipped(source.skipped);
        process.stdout.write(`${flags.json ? JSON.stringify({ model: model.kind, ...score }) : describe(score)}\n`);
      });
    });
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
