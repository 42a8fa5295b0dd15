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
