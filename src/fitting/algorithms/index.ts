// The table of fitting algorithms, and their settings.
import { SettingError } from '../../errors.ts';
import type { Begin } from './algorithm.ts';
import { Batch } from './batch.ts';
import { Incremental } from './incremental.ts';
import { type StepSize, usualStepSize } from './step-size.ts';
import { Stepwise } from './stepwise.ts';

/** What not all algorithms can be told. */
export interface AlgorithmSettings {
  /** batch: whether components are put in order of size after M-steps, where that raises the bound; default false. */
  readonly sortComponents?: boolean | undefined;
  /** incremental, stepwise: into how many blocks of equal size the rows are cut in exact passes; default 20. */
  readonly blocks?: number | undefined;
  /** incremental, stepwise: how far the E-step of exact passes is ahead of the statistics, in passes; default 0.5; 0: not at all. */
  readonly momentum?: number | undefined;
  /** incremental, stepwise: bytes of statistics that are kept in memory, more go to a temporary file; default 256 MiB. */
  readonly blockMemory?: number | undefined;
  /** stepwise: how many passes are; the others are exact, as incremental ones. Default 1. */
  readonly stepwisePasses?: number | undefined;
  /** stepwise: rows of a window; default a hundredth of all. */
  readonly window?: number | undefined;
  /** stepwise: how much of what was learned a window replaces; default (t + 100)^−0.6 at window t. */
  readonly stepSize?: StepSize | undefined;
}

interface AlgorithmRow {
  /** The settings that it takes. */
  readonly settings: readonly (keyof AlgorithmSettings)[];
  begin(settings: AlgorithmSettings): Begin;
}

const DEFAULT_BLOCKS = 20;
const DEFAULT_MOMENTUM = 0.5;
const DEFAULT_BLOCK_MEMORY: number = 2 ** 28;

const incremental: AlgorithmRow = {
  settings: ['blocks', 'momentum', 'blockMemory'],
  begin:
    ({ blocks = DEFAULT_BLOCKS, momentum = DEFAULT_MOMENTUM, blockMemory = DEFAULT_BLOCK_MEMORY }) =>
    (task) =>
      new Incremental(task, { blocks, momentum, blockMemory }),
};

/** How parameters get better from pass to pass. */
export const algorithms = {
  /** An M-step after each pass. */
  batch: {
    settings: ['sortComponents'],
    begin:
      ({ sortComponents }) =>
      (task) =>
        new Batch(task, sortComponents),
  },
  /** An M-step after each block, whose statistics are remembered. */
  incremental,
  /** An M-step after each window, with statistics that fade; then as incremental. */
  stepwise: {
    settings: ['stepwisePasses', 'window', 'stepSize', ...incremental.settings],
    begin(settings) {
      const { window, stepSize = usualStepSize, stepwisePasses: passes = 1 } = settings;
      return (task) => new Stepwise(task, { window, stepSize, passes }, incremental.begin(settings));
    },
  },
} satisfies Record<string, AlgorithmRow>;

/** When M-steps are made: 'batch' after each pass, 'incremental' after each block, 'stepwise' after each window. */
export type AlgorithmName = keyof typeof algorithms;

/**
 * How a fit with these settings begins.
 *
 * @throws SettingError for a setting that belongs to another algorithm.
 */
export function beginOf(name: AlgorithmName, settings: AlgorithmSettings): Begin {
  const row: AlgorithmRow = algorithms[name];
  for (const [other, { settings: theirs }] of Object.entries<AlgorithmRow>(algorithms)) {
    const foreign = theirs.find((setting) => !row.settings.includes(setting) && settings[setting] !== undefined);
    if (foreign)
      throw new SettingError(`${foreign}: belongs to the algorithm '${other}', not to '${name}': leave it out`);
  }
  return row.begin(settings);
}
