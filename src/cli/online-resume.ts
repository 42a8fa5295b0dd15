// What `megamix online` keeps of its command line beside the state, and how it goes on from both.
import { createHash } from 'node:crypto';
import { DataError, FileError, SettingError } from '../errors.ts';
import type { OnlineFit } from '../fitting/online/online-fit.ts';
import { fitDefinitions } from '../fitting/setting-table.ts';
import { hasModel, stateGroupOf } from '../storage/model-file.ts';
import { namesOf } from '../util/definition.ts';
import { shown } from '../util/shown.ts';
import type { SettingFlags } from './setting-options.ts';
import { count } from './text.ts';

/** How many rows of DATA to leave out: so many, or those that the run that is gone on with has used. */
export type SkipRows = number | 'resume';

/** What is kept of a run's command line. */
export interface RunNote {
  /** Hash of what DATA were. */
  readonly data: string;
  /** Rows that were fed before the first of DATA; less than 0 if some of DATA were left out. */
  readonly before: number;
  /** Flags that say how to begin, as they were given. */
  readonly begun: Readonly<Record<string, unknown>>;
}

/** Flags that a resumed state fixes; windows and steps are compared with what it has. */
const ofABeginning = ([...namesOf(fitDefinitions), 'model', 'grow', 'initMeans', 'initModel', 'rows'] as const).filter(
  (name) => name !== 'window' && name !== 'stepSize',
) as (keyof SettingFlags)[];

export const hashOf = (paths: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(paths)).digest('hex').slice(0, 16);

/** The flags that say how to begin. */
export const beginningOf = (flags: SettingFlags): RunNote['begun'] =>
  Object.fromEntries(ofABeginning.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])));

/** Reads `--skip-rows`. */
export function parseSkipRows(text: string | undefined, resume: boolean | undefined): SkipRows {
  if (text === 'resume' && resume !== true) {
    throw new SettingError(
      'setting-conflict',
      'skipRows: received resume, which needs --resume: give both, or a number',
      {
        setting: 'skipRows',
      },
    );
  }
  if (text === 'resume') return text;
  const rows = text === undefined ? 0 : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(rows)) return rows;
  throw new SettingError('bad-setting', `skipRows: received ${text}, expected a whole number ≥ 0, or resume`, {
    setting: 'skipRows',
  });
}

/** Whether a file holds a state to go on from; no file holds none. */
export async function holdsState(path: string, group: string | undefined): Promise<boolean> {
  try {
    return await hasModel(path, stateGroupOf(group));
  } catch (error) {
    if (error instanceof FileError && error.code === 'file-not-found') return false;
    throw error;
  }
}

/** The note that was saved with a state; undefined of a state that no command saved. */
export function noteOf({ note }: OnlineFit): RunNote | undefined {
  try {
    const { data, before, begun } = JSON.parse(note ?? '{}') as Partial<RunNote>;
    return typeof data === 'string' && Number.isSafeInteger(before) && begun
      ? { data, before: before!, begun }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Checks that flags that say how to begin are those that it was begun with. */
export function checkBegun(output: string, given: RunNote['begun'], note: RunNote | undefined): void {
  for (const [name, value] of Object.entries(given)) {
    const had = note?.begun[name];
    if (note && JSON.stringify(value) === JSON.stringify(had)) continue;
    const reason = note
      ? `received ${shown(value)}, but ${output} was begun ${had === undefined ? 'without' : `with ${shown(had)}`}`
      : 'what is gone on from has its own';
    throw new SettingError('setting-conflict', `${name}: ${reason}: leave it out`, { setting: name });
  }
}

/** How many rows of DATA are left out of a run that goes on, and what is said of it. */
export function placeOf(
  online: OnlineFit,
  asked: SkipRows,
  paths: readonly string[],
  output: string,
): { readonly skip: number; readonly told: string } {
  const note = noteOf(online);
  const all = `goes on after row ${count(online.rows)} of what was fed before`;
  const ofLast = note && note.before !== 0 ? ` (row ${count(online.rows - note.before)} of DATA of the last run)` : '';
  if (asked === 0) return { skip: 0, told: `${all}${ofLast}: DATA must be the rows that follow` };
  if (asked !== 'resume') return { skip: asked, told: `${all}${ofLast}: ${count(asked)} rows of DATA are left out` };
  if (note?.data !== hashOf(paths)) {
    const reason = note ? 'was learned from other DATA' : 'does not say which rows of DATA it was learned from';
    throw new DataError('mismatch', `${output} ${reason}: say how many rows to leave out: --skip-rows N`, {
      source: output,
      setting: 'skipRows',
    });
  }
  const skip = online.rows - note.before;
  return { skip, told: `goes on after row ${count(skip)} of DATA: those before it are left out` };
}
