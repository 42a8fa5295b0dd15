// Options of everything that a model computes.
import { type ComputeOptions, computeOptions } from '../kernels/index.ts';
import { type SourceOptions, sourceOptions } from '../sources/data.ts';
import type { OptionTable } from '../util/options.ts';
/** How data are read, and how a model computes. */
export interface InferenceOptions extends SourceOptions, ComputeOptions {}

/** Their allowed values. */
export const inferenceOptions = {
  ...sourceOptions,
  ...computeOptions,
} satisfies OptionTable<InferenceOptions>;
