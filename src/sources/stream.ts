import { DataError, SettingError } from '../errors.ts';
import { prepend } from './cells.ts';
import type { FileOptions } from './files.ts';
import { checkOptions, formats, openAs, refuseWeightColumn } from './formats.ts';
import { toBatch, toBatches } from './rows.ts';
import type { Table } from './table.ts';

/** Opens what can be read only once: an iterable of bytes (in a given format), of rows, or of chunks. */
export async function openStream(
  items: AsyncIterable<unknown> | Iterable<unknown>,
  name: string,
  options: FileOptions,
): Promise<Table> {
  const iterator = toGenerator(items);
  const { value: first, done } = await iterator.next();
  if (done) throw new DataError(`${name} is empty: expected rows`);
  const all = prepend(first, iterator);
  const close = async (): Promise<void> => void (await iterator.return(undefined));
  try {
    if (typeof first === 'string' || first instanceof Uint8Array) return await openBytes(all, name, options);
    refuseWeightColumn(options, name);
    const { dimensions } = toBatch(first, name);
    return { dimensions, batches: toBatches(all, name), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openBytes(pieces: AsyncIterable<unknown>, name: string, options: FileOptions): Promise<Table> {
  if (!options.format) {
    throw new SettingError(
      `${name}: received bytes: say which format they are in (--format ${Object.keys(formats).join('|')})`,
    );
  }
  checkOptions(formats[options.format], options, name);
  return openAs(formats[options.format], { name, bytes: () => toBytes(pieces) }, { ...options, isLive: true });
}

async function* toBytes(pieces: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : (piece as Uint8Array);
}

async function* toGenerator<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
