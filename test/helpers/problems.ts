import { normals } from './random.ts';

/** Rows of some groups, and means to start from. */
export interface Problem {
  readonly rows: readonly (readonly number[])[];
  readonly means: readonly (readonly number[])[];
}

/**
 * A mixture of one to four groups in one to five dimensions that overlap more or less, 40 rows for each number that a component's
 * covariance may have, and means that are some of the rows: the same for the same seed.
 */
export function problem(seed: number): Problem {
  const normal = normals(seed);
  const upTo = (most: number): number => 1 + (Math.floor(Math.abs(normal()) * 1e6) % most);
  const [components, dimensions] = [upTo(4), upTo(5)];
  const apart = 1 + 3 * Math.abs(normal());
  const centres = Array.from({ length: components }, () => Array.from({ length: dimensions }, () => apart * normal()));
  const mixing = Array.from({ length: dimensions }, (_, i) =>
    Array.from({ length: dimensions }, (_, j) => (i === j ? 1 : 0.3 * normal())),
  );
  const rows = Array.from({ length: 40 * components * dimensions }, (_, n) => {
    const independent = Array.from({ length: dimensions }, normal);
    return centres[n % components]!.map(
      (centre, i) => centre + mixing[i]!.reduce((sum, value, j) => sum + value * independent[j]!, 0),
    );
  });
  return { rows, means: rows.slice(0, components) };
}

/** A rotation in as many dimensions: products of plane rotations. */
export function rotation(dimensions: number, seed: number): (row: readonly number[]) => number[] {
  const normal = normals(seed);
  const turns = Array.from({ length: Math.max(0, dimensions - 1) }, (_, i) => ({ i, angle: 3 * normal() }));
  return (row) => {
    const out = [...row];
    for (const { i, angle } of turns) {
      const [a, b] = [out[i]!, out[i + 1]!];
      out[i] = Math.cos(angle) * a - Math.sin(angle) * b;
      out[i + 1] = Math.sin(angle) * a + Math.cos(angle) * b;
    }
    return out;
  };
}
