// Writes h5features 1.1: rows of items, with their times, in an HDF5 file.

import { basename } from 'node:path';
import type { Dataset, Group } from 'h5wasm/node';
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import { writeAtomically } from '../../files/atomic.ts';
import { writeHdf5 } from '../../files/hdf5.ts';
import { checkRun, type Numbers } from '../../files/header-and-rows.ts';
import { PartNames } from './part-names.ts';
import { byPart, interleaved, interleavedColumns, type RowRun, type RowRuns } from './runs.ts';

const GROUP = 'features';

/**
 * Writes rows as h5features 1.1, whole or not at all: a group `features` with the datasets features, labels (the times), items (the names of parts) and index
 * (the last row of each). Rows of parts without times have their numbers, from 0, for times, which is said. Source: the h5features package of bootphon,
 * version 1.3 (writer.py, features.py, labels.py, index.py).
 *
 * @throws DataError where two parts have one name, or some have times and others not.
 */
export async function writeH5features(path: string, { runs, columns }: RowRuns): Promise<void> {
  const names = new PartNames(path, 'h5features', basename(path).replace(/\.h5f$/i, ''));
  const items: string[] = [];
  const ends: bigint[] = [];
  await writeAtomically(path, (temporary) =>
    writeHdf5(temporary, 'w', async (file) => {
      const group = file.create_group(GROUP);
      group.create_attribute('version', '1.1', null);
      group.create_attribute('format', 'dense', null);
      let writer: FeatureWriter | undefined;
      for await (const { part, runs: ofPart } of byPart(runs)) {
        items.push(names.of(part));
        let rows = 0;
        for await (const run of ofPart) {
          writer ??= new FeatureWriter(path, group, run, columns);
          rows += writer.write(run, rows);
        }
        ends.push(BigInt(writer!.rows - 1));
      }
      if (!writer) throw new DataError('empty', 'there are no rows to write');
      group.create_dataset({ name: 'items', data: items, shape: [items.length], dtype: 'S' });
      group.create_dataset({ name: 'index', data: BigInt64Array.from(ends), shape: [ends.length], dtype: '<q' });
      writer.tell();
    }),
  );
  names.tell();
}

/** The datasets that have a number or a row for each row. */
class FeatureWriter {
  rows = 0;
  readonly #path: string;
  readonly #first: Numbers;
  readonly #columns: number;
  readonly #isTimed: boolean;
  readonly #features: Growing;
  readonly #labels: Growing;

  constructor(path: string, group: Group, first: RowRun, columns: number | undefined) {
    this.#path = path;
    this.#first = interleaved(first);
    this.#columns = interleavedColumns(columns, first.components !== undefined) ?? 1;
    this.#isTimed = first.times !== undefined;
    this.#features = new Growing(group, 'features', [this.#columns]);
    this.#labels = new Growing(group, 'labels', []);
  }

  /** Appends rows, of which `before` are in the same part; returns how many. */
  write(run: RowRun, before: number): number {
    const numbers = interleaved(run);
    checkRun(numbers, this.#first, this.#columns, this.#path);
    if ((run.times !== undefined) !== this.#isTimed) {
      throw new DataError(
        'unwritable-rows',
        `${this.#path}: some rows have times, and those of ${run.part?.name ?? 'others'} ${this.#isTimed ? 'none' : 'too'}: write them by two commands`,
        { source: this.#path },
      );
    }
    const rows = numbers.length / this.#columns;
    this.#features.append(numbers, rows);
    this.#labels.append(run.times ?? Float64Array.from({ length: rows }, (_, n) => before + n), rows);
    this.rows += rows;
    return rows;
  }

  tell(): void {
    if (this.#isTimed) return;
    process.emitWarning(`${this.#path}: the rows have no times: those in it count the rows of each item from 0`);
  }
}

/** A dataset that is appended to. */
class Growing {
  readonly #group: Group;
  readonly #name: string;
  readonly #width: readonly number[];
  #dataset: Dataset | undefined;
  #rows = 0;

  constructor(group: Group, name: string, width: readonly number[]) {
    this.#group = group;
    this.#name = name;
    this.#width = width;
  }

  append(data: Numbers, rows: number): void {
    const width = this.#width;
    const total = this.#rows + rows;
    if (this.#dataset) {
      this.#dataset.resize([total, ...width]);
      this.#dataset.write_slice([[this.#rows, total], ...width.map(() => [] as [])], data);
    } else {
      this.#dataset = this.#group.create_dataset({
        name: this.#name,
        data,
        shape: [rows, ...width],
        maxshape: [null, ...width],
        chunks: [rowsPerChunk(width[0] ?? 1), ...width],
      });
    }
    this.#rows = total;
  }
}
