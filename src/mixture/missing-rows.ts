// Splits a chunk into whole rows and rows with missing numbers.
import type { Chunk } from '../chunk.ts';
import { pickRows } from '../util/blocks.ts';

/** The rows of a chunk that are whole, and those with missing numbers: places in the chunk. */
export interface PartedRows {
  readonly whole: Chunk;
  readonly wholeAt: readonly number[];
  readonly broken: readonly BrokenRow[];
}

/** A row with missing numbers, which `missing` lists. */
export interface BrokenRow {
  readonly at: number;
  readonly row: Float64Array | Float32Array;
  readonly missing: readonly number[];
  readonly weight: number;
}

/** Takes a chunk apart. */
export function partRows(chunk: Chunk): PartedRows {
  const { data, weights, rows, dimensions } = chunk;
  const isWhole = new Uint8Array(rows);
  const wholeAt: number[] = [];
  const broken: BrokenRow[] = [];
  for (let at = 0; at < rows; at++) {
    const row = data.subarray(at * dimensions, (at + 1) * dimensions);
    const missing: number[] = [];
    for (let j = 0; j < dimensions; j++) if (Number.isNaN(row[j]!)) missing.push(j);
    isWhole[at] = Number(missing.length === 0);
    if (isWhole[at]) wholeAt.push(at);
    else broken.push({ at, row, missing, weight: weights?.[at] ?? 1 });
  }
  return { whole: pickRows(chunk, isWhole), wholeAt, broken };
}
