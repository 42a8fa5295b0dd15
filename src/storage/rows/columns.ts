// Gathers rows by columns (Parquet, Arrow).
import { checkRun, type Numbers } from '../../files/header-and-rows.ts';

/** Runs of rows, all of the type of the first, as groups of `groupBytes` bytes (at least a row), by columns. */
export async function* inColumns(
  path: string,
  runs: AsyncIterable<Numbers>,
  columns: number,
  groupBytes: number,
): AsyncGenerator<Numbers[]> {
  let group: Numbers[] | undefined;
  let first: Numbers | undefined;
  let filled = 0;
  for await (const run of runs) {
    first ??= run;
    checkRun(run, first, columns, path);
    const capacity = Math.max(1, Math.floor(groupBytes / (columns * first.BYTES_PER_ELEMENT)));
    for (let start = 0; start < run.length; ) {
      group ??= Array.from({ length: columns }, () => roomLike(run, capacity));
      const count = Math.min(capacity - filled, (run.length - start) / columns);
      for (let j = 0; j < columns; j++) copyColumn(run, start + j, columns, group[j]!, filled, count);
      filled += count;
      start += count * columns;
      if (filled < capacity) continue;
      yield group;
      group = undefined;
      filled = 0;
    }
  }
  if (group) yield group.map((column) => column.subarray(0, filled));
}

/** Names of columns that have none. */
export const columnNames = (columns: number): string[] => Array.from({ length: columns }, (_, j) => `c${j + 1}`);

const roomLike = (numbers: Numbers, length: number): Numbers =>
  new (numbers.constructor as Float64ArrayConstructor)(length);

function copyColumn(run: Numbers, from: number, step: number, to: Numbers, at: number, count: number): void {
  for (let n = 0, i = from; n < count; n++, i += step) to[at + n] = run[i]!;
}
