// Writes rows as text: CSV, tab-separated values, JSON lines.
import { SettingError } from '../../errors.ts';
import type { Numbers } from '../../files/header-and-rows.ts';
import { columnNames } from './columns.ts';
import { interleaved, interleavedColumns, type RowRun, type RowRuns } from './runs.ts';

/** Whether lines have the name of their part, and the time, where it is known. */
export interface TextOptions {
  readonly names?: boolean | undefined;
}

/** Lines of cells with a delimiter between; with names a header comes first: name, time, and c1, c2, … */
export async function* separated(
  { runs, columns }: RowRuns,
  delimiter: string,
  { names }: TextOptions,
): AsyncGenerator<string> {
  let isTimed: boolean | undefined;
  for await (const run of runs) {
    const width = interleavedColumns(columns, run.components !== undefined) ?? 1;
    const numbers = interleaved(run);
    if (!names) {
      yield lines(numbers, width, (row) => row.join(delimiter));
      continue;
    }
    if (isTimed === undefined) {
      isTimed = run.times !== undefined;
      yield `${['name', ...(isTimed ? ['time'] : []), ...namesOf(run, columns ?? 1)].join(delimiter)}\n`;
    }
    const name = quoted(run.part?.name ?? '', delimiter);
    const { times } = run;
    yield lines(numbers, width, (row, n) => [name, ...(isTimed ? [times?.[n] ?? ''] : []), ...row].join(delimiter));
  }
}

/**
 * An array a line; with names an object: name, time, and c1, c2, …; sparse rows are objects with their components and values.
 */
export async function* jsonLines({ runs, columns = 1 }: RowRuns, { names }: TextOptions): AsyncGenerator<string> {
  const keys = columnNames(columns);
  for await (const run of runs) {
    const { data, components, part, times } = run;
    const place = (n: number): object => (names ? { name: part?.name ?? '', ...(times && { time: times[n] }) } : {});
    if (!names && !components) yield lines(data, columns, (row) => `[${row.join(',')}]`);
    else
      yield lines(data, columns, (row, n) => {
        const values = Array.from(row);
        const cells = components
          ? { components: Array.from(components.subarray(n * columns, (n + 1) * columns)), values }
          : Object.fromEntries(values.map((value, j) => [keys[j], value]));
        return JSON.stringify({ ...place(n), ...cells });
      });
  }
}

/** Names of the cells; of sparse rows a component and its value in turn. */
function namesOf({ components }: RowRun, columns: number): string[] {
  if (!components) return columnNames(columns);
  return Array.from({ length: columns }, (_, j) => [`component${j + 1}`, `value${j + 1}`]).flat();
}

/** A name as a cell: in quotes where it must be. */
export function quoted(name: string, delimiter: string): string {
  if (delimiter === '\t' && /[\t\r\n]/.test(name)) {
    throw new SettingError(
      'setting-conflict',
      `names: ${JSON.stringify(name)} cannot be a cell between tabs: write .csv`,
      {
        setting: 'names',
      },
    );
  }
  return /[",\r\n\t]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

function lines(numbers: Numbers, columns: number, toLine: (row: Numbers, n: number) => string): string {
  let text = '';
  for (let at = 0, n = 0; at < numbers.length; at += columns, n++)
    text += `${toLine(numbers.subarray(at, at + columns), n)}\n`;
  return text;
}
