// `megamix score --follow`.
import { SettingError } from '../errors.ts';
import type { MixtureModel } from '../inference/model.ts';
import { scoreLines } from '../inference/score-stream.ts';
import type { Source } from '../sources/source.ts';
import { needsWhole } from '../speech/front-end.ts';
import { type ComputeFlags, computing, type RowFlags, reportSkipped } from './options.ts';
import { print } from './output.ts';

/** Flags of scores per row. */
export interface FollowFlags extends ComputeFlags, RowFlags {
  readonly follow?: boolean;
  readonly top?: number | undefined;
  readonly window?: number | undefined;
  readonly json?: boolean;
}

/** Flags that would have no effect are refused. */
export function checkFollow({ follow, top, window, weights, weightColumn, threads }: FollowFlags): void {
  const isOdd = follow ? { weights, weightColumn, threads } : { top, window };
  const remedy = follow ? '--follow scores every row by itself, as it comes: leave it out' : 'needs --follow';
  for (const [name, value] of Object.entries(isOdd)) {
    if (value !== undefined) throw new SettingError('setting-conflict', `${name}: ${remedy}`, { setting: name });
  }
}

/** Writes a line for every row to standard output as soon as the row is there. */
export async function follow(
  model: MixtureModel,
  source: Source,
  flags: FollowFlags,
  signal: AbortSignal,
): Promise<void> {
  const { top, window, json } = flags;
  if (source.frontEnd && needsWhole(source.frontEnd)) {
    throw new SettingError(
      'setting-conflict',
      'follow: the front end of this model normalises over whole recordings, so nothing is known before their end: ' +
        'fit it with --normalisation-over running, or score without --follow',
      { setting: 'follow' },
    );
  }
  const { kernel, precision } = computing(flags);
  const lines = scoreLines(model, source, { output: json ? 'jsonl' : 'csv', top, window, kernel, precision });
  await print(lines, signal);
  reportSkipped(source.skipped);
}
