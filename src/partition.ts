import { chooses } from './random.ts';
import type { Source } from './source.ts';

/** Says of each row, by its number from 0 in the whole stream, whether it is held out. */
export type IsHeldOut = (row: number) => boolean;

/** Two sources that read the same rows: those to train with, and those held out. */
export function partition(source: Source, isHeldOut: IsHeldOut): [training: Source, heldOut: Source] {
  return [
    source.select(`the training rows of ${source.name}`, (row) => !isHeldOut(row)),
    source.select(`the held-out rows of ${source.name}`, isHeldOut),
  ];
}

/** Holds out about this share of the rows, by a hash of (seed, row). */
export function randomly(fraction: number, seed = 0): IsHeldOut {
  return (row) => chooses(fraction, seed, row);
}
