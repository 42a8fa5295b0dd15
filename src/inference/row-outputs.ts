// What a model can say of each row, as chunks that know their part and times.
import type { Chunk, RowPart } from '../chunk.ts';
import { SettingError } from '../errors.ts';
import { anything, type OptionTable, oneOf } from '../util/options.ts';
import {
  componentDistances,
  type Inference,
  labels,
  logNormalisers,
  logProbabilities,
  logResponsibilities,
  type NumbersByComponent,
  responsibilities,
  type Scored,
} from './inference.ts';
import { Largest } from './largest.ts';
import { type InferenceOptions, inferenceOptions } from './options.ts';

/** What a model says of some rows of one part, a row for each. */
export interface RowOutput {
  /** rows × dimensions numbers, row by row. */
  readonly data: Float64Array | Int32Array;
  /** Number of rows. */
  readonly rows: number;
  /** Numbers per row. */
  readonly dimensions: number;
  /** With `top`: the component, from 0, that each number is of. */
  readonly components?: Int32Array | undefined;
  /** Where the rows are from. */
  readonly part: RowPart;
  /** The time of each row, in seconds, where it is known. */
  readonly times?: Float64Array | undefined;
  /** Whether rows are one number each, as labels are. */
  readonly isList: boolean;
}

interface RowOutputKind {
  readonly inference: Inference<RowOutput>;
  /** Whether there is a number for each component; of those that need a density the largest can be chosen. */
  readonly isByComponent: boolean;
  readonly needsDensity: boolean;
}

/** A number for each row. */
function list(inference: Inference<Float64Array | Int32Array>, needsDensity = true): RowOutputKind {
  const read = (values: Float64Array, chunk: Chunk, scored: Scored): RowOutput => {
    const { rows, part, times } = chunk;
    return { data: inference.read(values, chunk, scored), rows, dimensions: 1, part, times, isList: true };
  };
  return { inference: { ...inference, read }, isByComponent: false, needsDensity };
}

/** A number for each row and component. */
function matrix(inference: Inference<NumbersByComponent>, needsDensity = true): RowOutputKind {
  const read = (values: Float64Array, chunk: Chunk, scored: Scored): RowOutput => ({
    ...inference.read(values, chunk, scored),
    isList: false,
  });
  return { inference: { ...inference, read }, isByComponent: true, needsDensity };
}

/** What rows can become. */
export const rowOutputs = {
  labels: list(labels, false),
  'log-resp': matrix(logResponsibilities),
  resp: matrix(responsibilities),
  distances: matrix(componentDistances, false),
  'log-prob': list(logProbabilities),
  'log-normaliser': list(logNormalisers),
} satisfies Record<string, RowOutputKind>;

/** labels, log-resp, resp, distances, log-prob or log-normaliser. */
export type RowOutputName = keyof typeof rowOutputs;

/** Options of `MixtureModel.predictRows`. */
export interface RowOutputOptions extends InferenceOptions {
  /** What to say: 'labels' (default), 'log-resp', 'resp', 'distances', 'log-prob' or 'log-normaliser'. */
  readonly as?: RowOutputName | undefined;
  /** Responsibilities: only so many of the largest, in descending order, with their components; default all. */
  readonly top?: number | undefined;
}

export const rowOutputOptions = {
  ...inferenceOptions,
  as: oneOf(rowOutputs),
  top: anything,
} satisfies OptionTable<RowOutputOptions>;

/**
 * What is to be inferred.
 *
 * @throws SettingError for `top` of what has no numbers of components.
 */
export function rowOutputOf({ as = 'labels', top }: RowOutputOptions): RowOutputKind {
  const kind: RowOutputKind = rowOutputs[as];
  if (top === undefined) return kind;
  if (!(kind.isByComponent && kind.needsDensity))
    throw new SettingError('setting-conflict', `top: ${as} are no responsibilities: ask for resp or log-resp`, {
      setting: 'top',
    });
  const { inference } = kind;
  const read = (values: Float64Array, chunk: Chunk, scored: Scored): RowOutput =>
    largestOf(inference.read(values, chunk, scored), top);
  return { ...kind, inference: { ...inference, read } };
}

function largestOf(output: RowOutput, top: number): RowOutput {
  const { data, rows, dimensions } = output;
  const largest = new Largest(top);
  const values = new Float64Array(rows * top);
  const components = new Int32Array(rows * top);
  for (let n = 0; n < rows; n++) {
    largest.find(data, n * dimensions, dimensions);
    values.set(largest.values, n * top);
    components.set(largest.places, n * top);
  }
  return { ...output, data: values, dimensions: top, components };
}
