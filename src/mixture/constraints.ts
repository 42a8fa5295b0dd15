// Constraints on M-steps: parts of the parameters that stay, and variances that are not gone below.
import type { ComponentParameters } from './components/component-family.ts';
import type { WeightParameters } from './weights/weights-family.ts';

/** Parts of the parameters that an M-step changes. */
export const parts = ['weights', 'means', 'covariances'] as const;

/** One of them. */
export type Part = (typeof parts)[number];

type Numbers = WeightParameters & ComponentParameters;

/** What holds in the M-steps of a fit; a model knows nothing of it. */
export interface Constraints {
  /** Parameters that stay as they are; absent if all change. */
  readonly frozen?: Partial<Numbers> | undefined;
  /** D numbers that no variance of that column is below; absent if there are none. */
  readonly floors?: Float64Array | undefined;
}

/** What has constraints, perhaps. */
interface Constrained {
  readonly constraints?: Constraints | undefined;
}

/** Of each part the parameters, the posterior included. */
const numbersOf: Readonly<Record<Part, (parameters: Numbers) => Partial<Numbers>>> = {
  weights: ({ logWeights, concentration }) => ({ logWeights, concentration }),
  means: ({ means, beta }) => ({ means, beta }),
  covariances: ({ covariances, nu }) => ({ covariances, nu }),
};

/** The same mixture, whose M-steps change only these parts of the parameters. */
export function updating<M extends Constrained>(mixture: M, parameters: Numbers, update: readonly Part[]): M {
  const frozen = parts.filter((part) => !update.includes(part)).map((part) => numbersOf[part](parameters));
  if (frozen.length === 0) return mixture;
  return { ...mixture, constraints: { ...mixture.constraints, frozen: Object.assign({}, ...frozen) } };
}

/** The same mixture, as models have it. */
export function unconstrained<M extends Constrained>({ constraints: _, ...mixture }: M): Omit<M, 'constraints'> {
  return mixture;
}
