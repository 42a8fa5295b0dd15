// The model table: each of the five models as weights × components × assignment.
import type { AssignmentName } from './assignment.ts';
import { centroids } from './components/centroids.ts';
import type { Components } from './components/component-family.ts';
import { gaussian } from './components/gaussian.ts';
import { normalWishart } from './components/normal-wishart.ts';
import { fallOfCriterion, type GainMeasure, risePerRow } from './gain.ts';
import { dirichlet } from './weights/dirichlet.ts';
import { proportions } from './weights/proportions.ts';
import { stickBreaking } from './weights/stick-breaking.ts';
import { uniform } from './weights/uniform.ts';
import type { Weights } from './weights/weights-family.ts';

/** A model is weights × components × assignment, and what follows for its user. */
export interface ModelRow {
  readonly title: string;
  readonly weights: Weights;
  readonly components: Components;
  readonly assignment: AssignmentName;
  /** The criterion is this times Σ log normaliser, less the divergences; negative where lower is better. */
  readonly criterionScale: number;
  /** How the improvement from one criterion to the next is measured. */
  readonly gain: GainMeasure;
  /** The settings that belong to this model beside those that all have. */
  readonly settings: readonly SettingFamily[];
}

/**
 * Settings that not every model has: of the distance, of covariances, of the prior of Bayesian models, of the order of components, and the
 * discount of a Pitman-Yor process.
 */
export type SettingFamily = 'distance' | 'covariance' | 'prior' | 'order' | 'discount';

/** The five models. A sixth is one row. */
export const models = {
  kmeans: {
    title: 'K-means',
    weights: uniform,
    components: centroids,
    assignment: 'hard',
    criterionScale: -2,
    gain: fallOfCriterion,
    settings: ['distance'],
  },
  gmm: {
    title: 'Gaussian mixture',
    weights: proportions,
    components: gaussian,
    assignment: 'soft',
    criterionScale: 1,
    gain: risePerRow,
    settings: ['covariance'],
  },
  vbgmm: {
    title: 'variational Gaussian mixture',
    weights: dirichlet,
    components: normalWishart,
    assignment: 'soft',
    criterionScale: 1,
    gain: risePerRow,
    settings: ['covariance', 'prior'],
  },
  dpgmm: {
    title: 'Dirichlet-process Gaussian mixture',
    weights: stickBreaking,
    components: normalWishart,
    assignment: 'soft',
    criterionScale: 1,
    gain: risePerRow,
    settings: ['covariance', 'prior', 'order'],
  },
  pypgmm: {
    title: 'Pitman-Yor-process Gaussian mixture',
    weights: stickBreaking,
    components: normalWishart,
    assignment: 'soft',
    criterionScale: 1,
    gain: risePerRow,
    settings: ['covariance', 'prior', 'order', 'discount'],
  },
} satisfies Record<string, ModelRow>;

/** Name of a model. */
export type ModelName = keyof typeof models;

/** Whether settings of a family belong to a model; one without covariance types estimates no covariances. */
export function takes(model: ModelName, family: SettingFamily): boolean {
  const settings: readonly SettingFamily[] = models[model].settings;
  return settings.includes(family);
}
