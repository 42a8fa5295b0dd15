// The table of fitting algorithms.
import type { Begin } from './algorithm.ts';
import { BatchAlgorithm } from './batch.ts';
import { Incremental, type IncrementalSettings } from './incremental.ts';
import { Stepwise, type StepwiseSettings } from './stepwise.ts';

/** Settings of the algorithms; each takes its own. */
interface AlgorithmSettings extends IncrementalSettings, Omit<StepwiseSettings, 'passes'> {
  readonly stepwisePasses: number;
  readonly sortComponents: boolean;
}

const incremental =
  ({ blocks, momentum, blockMemory }: AlgorithmSettings): Begin =>
  (task) =>
    new Incremental(task, { blocks, momentum, blockMemory });

/** How parameters get better from pass to pass: what begins a fit with checked settings. */
export const algorithms = {
  /** An M-step after each pass. */
  batch:
    ({ sortComponents }) =>
    (task) =>
      new BatchAlgorithm(task, sortComponents),
  /** An M-step after each block, whose statistics are remembered. */
  incremental,
  /** An M-step after each window, with statistics that fade; then as incremental. */
  stepwise: (settings) => {
    const { window, stepSize, stepwisePasses: passes } = settings;
    return (task) => new Stepwise(task, { window, stepSize, passes }, incremental(settings));
  },
} satisfies Record<string, (settings: AlgorithmSettings) => Begin>;

/** When M-steps are made: 'batch' after each pass, 'incremental' after each block, 'stepwise' after each window. */
export type AlgorithmName = keyof typeof algorithms;
