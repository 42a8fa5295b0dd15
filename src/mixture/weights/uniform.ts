// Uniform weights, which take no part (K-means).
import { proportions } from './proportions.ts';
import type { Weights } from './weights-family.ts';

/** All components weigh the same in the E-step; the proportions are kept for the reader. */
export const uniform: Weights = { ...proportions, scored: false };
