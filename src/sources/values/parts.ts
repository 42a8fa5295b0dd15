// How each kind of data is opened: the one place where inputs are coerced.
import { fileURLToPath } from 'node:url';
import { DataError } from '../../errors.ts';
import type { RowData, RowSource, SourceOptions } from '../data.ts';
import { fileParts } from '../files.ts';
import { refuseReading } from '../formats.ts';
import { inGroups } from '../groups-of-items.ts';
import { newHash } from '../hash.ts';
import { checkDeclared, guarded, RowReader, type Rows, toBatches } from '../rows.ts';
import { bodyOf, openStream } from '../stream.ts';
import type { Keep, Part, ReadOptions, Table } from '../table.ts';
import { partOfBytes } from './byte-input.ts';
import { type Bytes, type HasBody, type InputKind, kindOf } from './inputs.ts';

/** Whatever came in as parts that can be read for every pass. */
export async function partsOf(data: RowData, options: SourceOptions & ReadOptions, keep: Keep): Promise<Part[]> {
  const name = options.name ?? 'the data';
  return openers[kindOf(data, name)](data as never, name, options, keep);
}

type Opener<T> = (data: T, name: string, options: SourceOptions & ReadOptions, keep: Keep) => Promise<Part[]>;

/** How each kind of data is opened. */
const openers: Readonly<Record<InputKind, Opener<never>>> = {
  path: async (path: string, _, options, keep) => fileParts([path], options, keep),
  paths: async (paths: readonly string[], _, options, keep) => fileParts(paths, options, keep),
  url: async (url: URL, _, options, keep) => {
    if (url.protocol === 'file:') return fileParts([fileURLToPath(url)], options, keep);
    throw new DataError('not-rows', `${url.href}: only file: URLs can be read; fetch it, and give its body`, {
      source: url.href,
    });
  },
  bytes: async (bytes: Bytes, name, options) => [await partOfBytes([bytes], name, options)],
  pieces: async (all: readonly Bytes[], name, options) => [await partOfBytes(all, name, options)],
  blob: async (blob: Blob, name, options) => [await partOfBytes(blob, name, options)],
  body: async (answer: HasBody, name, options, keep) => [
    await keep(name, () => openStream(bodyOf(answer, name), name, options)),
  ],
  rows: async (rows: Rows, name, options) => [partInMemory(rows, name, options)],
  source: async (source: RowSource, name, options) => [partOfSource(source, source.name ?? name, options)],
  chunks: async (chunks: Iterable<unknown>, name, options, keep) => [
    await keep(name, () => openStream(chunks, name, options)),
  ],
  stream: async (items: AsyncIterable<unknown> | Iterable<unknown>, name, options, keep) => [
    await keep(name, () => openStream(items, name, options)),
  ],
};

function partInMemory(data: unknown, name: string, options: SourceOptions & ReadOptions): Part {
  guarded(name, () => {
    if (Array.isArray(data) && data.length === 0)
      throw new DataError('empty', `${name} is empty: expected rows`, { source: name });
    refuseReading(options, name, data);
  });
  const { dimensions, ...batch } = new RowReader(name, options).read(data);
  const rows = batch.data.length / dimensions;
  return {
    name,
    dimensions,
    rows,
    open: async () => ({ dimensions, rows, batches: once(batch), close: async () => {} }),
    async fingerprint() {
      const hash = await newHash();
      await hash.add(batch.data);
      if (batch.weights) await hash.add(batch.weights);
      return { name, dimensions, rows, hash: hash.end() };
    },
  };
}

function partOfSource(source: RowSource, name: string, options: SourceOptions & ReadOptions): Part {
  const { dimensions, rows } = source;
  guarded(name, () => checkDeclared(dimensions, name));
  refuseReading(options, name, undefined);
  const open = async (): Promise<Table> => {
    const groups = inGroups<unknown>(source, options.signal);
    const close = async (): Promise<void> => void (await groups.return(undefined));
    return { dimensions, rows, batches: toBatches(groups, new RowReader(name, options, dimensions)), close };
  };
  return { name, dimensions, rows, open, fingerprint: async () => ({ name, dimensions, rows }) };
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
