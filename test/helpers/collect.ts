import { expect } from 'vitest';

/** All that an iterable gives. */
export async function collect<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Runs of numbers as one array. */
export function flatten(runs: Iterable<ArrayLike<number>>): number[] {
  return [...runs].flatMap((run) => Array.from(run));
}

/** That many numbers are the same, to the bit; `toEqual` takes seconds for a million. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) expect.fail(`number ${i} is ${actual[i]}, not ${expected[i]}`);
  }
}
