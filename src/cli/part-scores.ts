// `megamix score --per-utterance`, `--per-group` and `--average`.
import type { RowPart } from '../chunk.ts';
import { SettingError } from '../errors.ts';
import { writeText } from '../files/gathered-writer.ts';
import type { MixtureModel } from '../inference/model.ts';
import type { PartScore } from '../inference/part-scores.ts';
import type { Source } from '../sources/source.ts';
import { groupOf, readGroups } from '../sources/speech/groups.ts';
import { quoted } from '../storage/rows/text.ts';
import { flagName } from '../util/definition.ts';
import { type ComputeFlags, computing, reportSkipped } from './options.ts';
import { print } from './output.ts';
import { count, figure } from './text.ts';

/** Flags of scores of parts. */
export interface PartScoreFlags extends ComputeFlags {
  readonly perUtterance?: boolean | undefined;
  readonly perGroup?: boolean | undefined;
  readonly average?: boolean | undefined;
  readonly groups?: string | undefined;
  readonly output?: string | undefined;
  readonly json?: boolean;
  readonly follow?: boolean;
}

/** How a score becomes a line, and what comes before all lines. */
interface Lines {
  readonly header?: string;
  line(score: PartScore): string;
}

const jsonl: Lines = { line: (score) => JSON.stringify(score) };

const csv: Lines = {
  header: 'name,frames,logProb,logProbPerRow',
  line: ({ name, frames, logProb, logProbPerRow }) => [quoted(name, ','), frames, logProb, logProbPerRow].join(','),
};

/** Columns for people, who see names first. */
const table: Lines = {
  line: ({ name, frames, logProb, logProbPerRow }) =>
    `  ${name}  ${count(frames)} rows  ${figure(logProb, 10)}  ${figure(logProbPerRow)} a row`,
};

/** As Kaldi writes a float as text: seven digits. */
const average: Lines = {
  line: ({ name, logProbPerRow }) => `${name} ${Number(Math.fround(logProbPerRow).toPrecision(7))}`,
};

/** Files of scores, by their endings. */
const files: Readonly<Record<string, Lines>> = { '.csv': csv, '.jsonl': jsonl };

const kinds = ['perUtterance', 'perGroup', 'average', 'follow'] as const;

/** Whether scores of parts are asked for; flags that contradict each other, or would have no effect, are refused. */
export function asksForParts(flags: PartScoreFlags): boolean {
  const asked = kinds.filter((kind) => flags[kind]);
  const conflict = (setting: string, what: string): SettingError =>
    new SettingError('setting-conflict', `${setting}: ${what}`, { setting });
  if (asked.length > 1) throw conflict(asked[1]!, `${flagName(asked[0]!)} is asked for already: choose one`);
  if (flags.perGroup && flags.groups === undefined)
    throw new SettingError('missing-setting', 'groups: --per-group needs --groups, a file such as utt2spk', {
      setting: 'groups',
    });
  const isOfParts = asked[0] !== undefined && asked[0] !== 'follow';
  if (flags.groups !== undefined && !flags.perGroup) throw conflict('groups', 'needs --per-group');
  if (flags.output !== undefined && !isOfParts)
    throw conflict('output', 'needs --per-utterance, --per-group or --average');
  if (flags.average && flags.json) throw conflict('json', '--average prints text as Kaldi does: leave one out');
  if (flags.output !== undefined && flags.json)
    throw conflict('json', 'the ending of --output says the form: leave it out');
  if (isOfParts) linesOf(flags);
  return isOfParts;
}

/** Prints or writes a line for each part or group. */
export async function scoreParts(
  model: MixtureModel,
  source: Source,
  flags: PartScoreFlags,
  signal: AbortSignal,
): Promise<void> {
  const { groups, output } = flags;
  const known = groups === undefined ? undefined : await readGroups(groups, signal);
  const ofPart = known && (({ name }: RowPart) => groupOf(known, name, groups!));
  const scores = model.scoreParts(source, { groupOf: ofPart, signal, ...computing(flags) });
  const lines = text(scores, linesOf(flags));
  if (output === undefined || output === '-') await print(lines, signal);
  else await writeText(output, lines);
  reportSkipped(source.skipped);
}

async function* text(scores: AsyncIterable<PartScore>, { header, line }: Lines): AsyncGenerator<string> {
  if (header !== undefined) yield `${header}\n`;
  for await (const score of scores) yield `${line(score)}\n`;
}

function linesOf({ average: isAverage, json, output }: PartScoreFlags): Lines {
  if (isAverage) return average;
  if (output === undefined || output === '-') return json ? jsonl : table;
  const ending = Object.keys(files).find((each) => output.toLowerCase().endsWith(each));
  if (ending) return files[ending]!;
  throw new SettingError('bad-setting', `output: received ${output}, expected a name that ends with .csv or .jsonl`, {
    setting: 'output',
  });
}
