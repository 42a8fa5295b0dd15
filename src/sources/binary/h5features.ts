// Groups of h5features: items with times.
import { Dataset, type File, Group } from 'h5wasm/node';
import { DataError } from '../../errors.ts';
import { lookUp, withFile } from '../../files/hdf5.ts';
import { areHeapsWhole } from '../../files/hdf5-heaps.ts';
import { printable } from '../../util/shown.ts';
import { tableOfUtterances, type Utterance } from '../speech/utterances.ts';
import type { Batch, Table, TablePlace } from '../table.ts';
import { checkWritten, inARow, StoredMatrix } from './hdf5-matrix.ts';
import { notNamed } from './hdf5-table.ts';

/** A layout of such a group. */
interface FeaturesLayout {
  holds(group: Group): boolean;
  /** The items from one on, by their numbers. */
  items(group: Group, from: number, path: string, name: string): Generator<Item>;
}

/** Rows of an item, and the times of all rows of the matrix that they are in. */
interface Item {
  readonly key: string;
  readonly matrix: StoredMatrix;
  readonly start: number;
  readonly end: number;
  readonly times: StoredMatrix | undefined;
}

/** Datasets of versions 1.0 to 1.2, of which the first two were renamed. */
const NAMES = [
  { items: 'items', index: 'index', times: 'labels' },
  { items: 'files', index: 'file_index', times: 'times' },
] as const;
const FEATURES = 'features';
const STRING = 3;
/** Of an item in its list. */
const POINTER_BYTES = 16;

/**
 * The layouts of h5features, by the newest first. Version 2.0: a group for each item, its rows one after the other in one dimension, the
 * attribute `dim` says how many numbers a row has. Versions 1.0 to 1.2: all rows in one matrix, and the number of the last row of each item.
 * Source: h5features 1.4.1 (Python) and 2 (C++).
 */
const layouts: readonly FeaturesLayout[] = [
  {
    holds(group) {
      const keys = group.keys();
      const first = keys[0] === undefined ? undefined : group.get(keys[0]);
      return 'version' in group.attrs && first instanceof Group && isItem(first);
    },
    *items(group, from, path, name) {
      for (const [number, key] of group.keys().entries()) {
        if (number < from) continue;
        const item = group.get(key);
        if (!(item instanceof Group) || !isItem(item)) {
          throw new DataError(
            'damaged',
            `${name}, item ${printable(key)}: it has no features with a number of columns (dim): write it again`,
            { source: name },
          );
        }
        yield itemOf(item, key, path, name);
      }
    },
  },
  {
    holds: (group) => datasetIn(group, FEATURES) !== undefined && NAMES.some(({ items }) => datasetIn(group, items)),
    *items(group, from, path, name) {
      if (datasetIn(group, 'coordinates'))
        throw new DataError('unsupported', `${name}: sparse features are not read: write them as dense ones`, {
          source: name,
        });
      const names = NAMES.find(({ items }) => datasetIn(group, items))!;
      const matrix = new StoredMatrix(datasetIn(group, FEATURES)!, path, name);
      const keys = readStrings(datasetIn(group, names.items)!, path, name);
      const ends = readColumn(datasetIn(group, names.index), path, `${name}, ${names.index}`);
      checkIndex(ends, keys.length, matrix.rows, name);
      const times = timesOf(datasetIn(group, names.times), matrix.rows, path, `${name}, ${names.times}`);
      for (let i = from; i < keys.length; i++) {
        yield { key: keys[i]!, matrix, start: i === 0 ? 0 : ends[i - 1]! + 1, end: ends[i]! + 1, times };
      }
    },
  },
];

/** Items that were found in a file. */
export interface FoundFeatures {
  readonly group: Group;
  readonly layout: FeaturesLayout;
}

/** The group of h5features that is named, or else the only one of a file; undefined if there is none. */
export function featuresIn(file: File, inside: string | undefined, name: string): FoundFeatures | undefined {
  if (inside !== undefined) return featuresOf(lookUp(file, inside));
  const root = featuresOf(file);
  if (root) return root;
  const found = file
    .keys()
    .map((key) => [`/${key}`, featuresOf(lookUp(file, key))] as const)
    .filter(([, features]) => features);
  if (found.length > 1)
    throw notNamed(
      name,
      found.map(([path]) => path),
      'group of features',
    );
  return found[0]?.[1];
}

function featuresOf(group: Dataset | Group | undefined): FoundFeatures | undefined {
  if (!(group instanceof Group)) return undefined;
  const layout = layouts.find(({ holds }) => holds(group));
  return layout && { group, layout };
}

/** The items as one table, each an utterance with times. */
export async function tableOfFeatures(
  { group, layout }: FoundFeatures,
  path: string,
  name: string,
  from?: TablePlace,
): Promise<Table> {
  const first = from?.utterance?.number ?? 0;
  async function* utterances(): AsyncGenerator<Utterance> {
    let position = first;
    for (const item of layout.items(group, first, path, name)) {
      const { key, matrix, start, end } = item;
      yield { key, position: position++, dimensions: end > start ? matrix.dimensions : 0, batches: rowsOf(item) };
    }
  }
  return tableOfUtterances(name, utterances(), from?.utterance);
}

async function* rowsOf({ matrix, start, end, times }: Item): AsyncGenerator<Batch> {
  let row = start;
  for (const batch of matrix.slices(start, end)) {
    const after = row + batch.data.length / matrix.dimensions;
    yield { ...batch, times: times && middles(times.read(row, after).data, times.dimensions) };
    row = after;
  }
}

/** Times of the middle of frames, of times or of beginnings and ends. */
function middles(times: Batch['data'], columns: number): Float64Array {
  if (columns === 1) return Float64Array.from(times);
  return Float64Array.from({ length: times.length / 2 }, (_, n) => (times[2 * n]! + times[2 * n + 1]!) / 2);
}

const isItem = (group: Group): boolean => {
  const features = datasetIn(group, FEATURES);
  return features !== undefined && 'dim' in features.attrs;
};

function itemOf(group: Group, key: string, path: string, name: string): Item {
  const of = `${name}, item ${printable(key)}`;
  const features = datasetIn(group, FEATURES)!;
  const dimensions = Number(features.attrs.dim!.value);
  if (!Number.isSafeInteger(dimensions) || dimensions < 1)
    throw new DataError('damaged', `${of}: it claims rows of ${dimensions} numbers: write it again`, { source: name });
  const matrix = new StoredMatrix(features, path, of, inARow(dimensions));
  const times = timesOf(datasetIn(group, 'times'), matrix.rows, path, `${of}, times`);
  return { key, matrix, start: 0, end: matrix.rows, times };
}

/** Times of rows, or their beginnings and ends; undefined where there are none. */
function timesOf(dataset: Dataset | undefined, rows: number, path: string, name: string): StoredMatrix | undefined {
  if (!dataset || rows === 0) return undefined;
  const numbers = (dataset.shape ?? []).reduce((product, size) => product * size, 1);
  const isFlat = dataset.shape?.length === 1;
  const columns = numbers / rows;
  if (columns !== 1 && columns !== 2)
    throw new DataError('damaged', `${name}: ${numbers} numbers for ${rows} rows, expected one or two a row`, {
      source: name,
    });
  return new StoredMatrix(dataset, path, name, isFlat ? inARow(columns) : undefined);
}

function datasetIn(group: Group, key: string): Dataset | undefined {
  const found = lookUp(group, key);
  return found instanceof Dataset ? found : undefined;
}

function readColumn(dataset: Dataset | undefined, path: string, name: string): Batch['data'] {
  if (!dataset) throw new DataError('damaged', `${name} is not there: write the file again`, { source: name });
  const isFlat = dataset.shape?.length === 1;
  const column = new StoredMatrix(dataset, path, name, isFlat ? inARow(1) : undefined);
  return column.rows === 0 ? new Float64Array(0) : column.read(0, column.rows).data;
}

function readStrings(dataset: Dataset, path: string, name: string): string[] {
  const { metadata, shape } = dataset;
  const count = (shape ?? []).reduce((product, size) => product * size, 1);
  checkWritten(path, count * POINTER_BYTES, name);
  if (metadata.type !== STRING || !withFile(path, areHeapsWhole))
    throw new DataError('damaged', `${name}: its list of items is damaged: write it again`, { source: name });
  return count === 0 ? [] : (dataset.value as unknown[]).flat().map(String);
}

/** Each item must end where the next begins, and the last with the rows. */
function checkIndex(ends: Batch['data'], items: number, rows: number, name: string): void {
  const isRising = ends.every((end, i) => Number.isSafeInteger(end) && end >= (i === 0 ? -1 : ends[i - 1]!));
  if (ends.length === items && isRising && (items === 0 ? 0 : ends[items - 1]! + 1) === rows) return;
  throw new DataError(
    'damaged',
    `${name}: its index does not divide ${rows} rows among ${items} items: it is damaged, or still being written`,
    { source: name },
  );
}
