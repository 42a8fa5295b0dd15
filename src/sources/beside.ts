// Columns that are no data: weights and times of the rows.
import { DataError } from '../errors.ts';
import type { Batch, Table } from './table.ts';

/** Which columns of a table, from 0, hold the weights and the times of the rows. */
export interface BesideColumns {
  readonly weightAt: number | undefined;
  readonly timeAt: number | undefined;
}

/** A table without these columns, whose rows have these weights and times. */
export function splitColumns(table: Table, name: string, { weightAt, timeAt }: BesideColumns): Table {
  const width = table.dimensions;
  const beside = [weightAt, timeAt].filter((column) => column !== undefined);
  if (width === beside.length)
    throw new DataError(
      'bad-weights',
      `${name} has ${width === 1 ? 'one column' : 'two columns'} only: with ${weightAt === undefined ? 'times' : 'weights'} in it there are no data left`,
      { source: name },
    );
  const isKept = Uint8Array.from({ length: width }, (_, column) => Number(!beside.includes(column)));
  async function* batches(): AsyncGenerator<Batch> {
    for await (const { data, release, allFinite: _, ...batch } of table.batches) {
      const rows = data.length / width;
      const take = (column: number): Float64Array =>
        Float64Array.from({ length: rows }, (_, n) => data[n * width + column]!);
      const rest = new (data.constructor as Float64ArrayConstructor)(rows * (width - beside.length));
      for (let at = 0, to = 0; at < data.length; ) {
        for (let column = 0; column < width; column++, at++) if (isKept[column]) rest[to++] = data[at]!;
      }
      const split = {
        ...batch,
        data: rest,
        ...(weightAt !== undefined && { weights: take(weightAt) }),
        ...(timeAt !== undefined && { times: take(timeAt) }),
      };
      release?.();
      yield split;
    }
  }
  return { ...table, dimensions: width - beside.length, batches: batches() };
}
