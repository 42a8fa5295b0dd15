import { SettingError } from '../errors.ts';
import { Batch } from './batch.ts';
import { Incremental } from './incremental.ts';
import { type StepSize, usualStepSize } from './step-size.ts';
import { Stepwise } from './stepwise.ts';
import type { Begin } from './type.ts';

/** What not all algorithms can be told. */
export interface AlgorithmSettings {
  /** batch: whether components are put in order of size after M-steps, where that raises the bound; default false. */
  readonly sortComponents?: boolean | undefined;
  /** incremental: into how many blocks of equal size the rows are cut; default 20. */
  readonly blocks?: number | undefined;
  /** incremental: how far the E-step is ahead of the statistics, in passes; default 0.5; 0: not at all. */
  readonly momentum?: number | undefined;
  /** incremental: bytes of statistics that are kept in memory, more go to a temporary file; default 256 MiB. */
  readonly blockMemory?: number | undefined;
  /** stepwise: rows of a window; default a hundredth of all. */
  readonly window?: number | undefined;
  /** stepwise: how much of what was learned a window replaces; default (t + 20)^−0.6 at window t. */
  readonly stepSize?: StepSize | undefined;
}

interface AlgorithmRow {
  /** The settings that are its own. */
  readonly settings: readonly (keyof AlgorithmSettings)[];
  begin(settings: AlgorithmSettings): Begin;
}

const DEFAULT_BLOCKS = 20;
const DEFAULT_MOMENTUM = 0.5;
const DEFAULT_BLOCK_MEMORY: number = 2 ** 28;

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
  incremental: {
    settings: ['blocks', 'momentum', 'blockMemory'],
    begin:
      ({ blocks = DEFAULT_BLOCKS, momentum = DEFAULT_MOMENTUM, blockMemory = DEFAULT_BLOCK_MEMORY }) =>
      (task) =>
        new Incremental(task, { blocks, momentum, blockMemory }),
  },
  /** An M-step after each window, with statistics that fade. */
  stepwise: {
    settings: ['window', 'stepSize'],
    begin:
      ({ window, stepSize = usualStepSize }) =>
      (task) =>
        new Stepwise(task, { window, stepSize }),
  },
} satisfies Record<string, AlgorithmRow>;

/** batch, incremental or stepwise. */
export type AlgorithmName = keyof typeof algorithms;

/**
 * How a fit with these settings begins.
 *
 * @throws SettingError for a setting that belongs to another algorithm.
 */
export function beginOf(name: AlgorithmName, settings: AlgorithmSettings): Begin {
  const rows = Object.entries<AlgorithmRow>(algorithms);
  for (const [other, { settings: theirs }] of rows) {
    const foreign = other === name ? undefined : theirs.find((setting) => settings[setting] !== undefined);
    if (foreign)
      throw new SettingError(`${foreign}: belongs to the algorithm '${other}', not to '${name}': leave it out`);
  }
  const row: AlgorithmRow = algorithms[name];
  return row.begin(settings);
}
