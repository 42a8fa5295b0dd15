// Streams that can be read only once.
import { Readable } from 'node:stream';
import { isAnyArrayBuffer } from 'node:util/types';
import { DataError, FileError, messageOf } from '../errors.ts';
import { shown } from '../util/shown.ts';
import { checkOptions, type FileOptions, formatFor, openAs, refuseReading } from './formats.ts';
import { inGroups } from './groups-of-items.ts';
import { RowReader, toBatches } from './rows.ts';
import type { Table } from './table.ts';
import { prepend } from './text/batches.ts';
import { type HasBody, toUint8Array } from './values/inputs.ts';
import { isBytes } from './values/numbers.ts';

/** Opens what can be read only once: an iterable of bytes (in a given format), of rows, or of chunks. */
export async function openStream(
  items: AsyncIterable<unknown> | Iterable<unknown>,
  name: string,
  options: FileOptions,
): Promise<Table> {
  const groups = inGroups(unlocked(items, name), options.signal);
  const { value: firstGroup, done } = await groups.next();
  if (done) throw new DataError('empty', `${name} is empty: expected rows; or was it read before?`, { source: name });
  const [first] = firstGroup;
  const all = prepend(firstGroup, groups);
  const close = async (): Promise<void> => void (await groups.return(undefined));
  try {
    if (isPiece(first)) {
      const format = formatFor(options.format, name);
      checkOptions(format, options, name);
      return await openAs(
        format,
        { name, kept: new Map(), bytes: () => toBytes(all, name) },
        { ...options, isLive: true },
      );
    }
    refuseReading(options, name, first);
    const { dimensions } = new RowReader(name, options).read(first);
    return { dimensions, batches: toBatches(all, new RowReader(name, options)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The bytes of the answer to a request.
 *
 * @throws DataError where there are none, or only those of an error.
 */
export function bodyOf({ body, bodyUsed, ok, status, statusText, url }: HasBody, name: string): AsyncIterable<unknown> {
  const of = url ? `${name} (${url})` : name;
  if (ok === false)
    throw new FileError('io-failed', `${of}: the server answered ${`${status} ${statusText ?? ''}`.trim()}`, {
      path: of,
    });
  if (bodyUsed)
    throw new DataError('source-used', `${of}: its body was read already: give it before anybody reads it`, {
      source: of,
    });
  if (!body) throw new DataError('empty', `${of} is empty: it has no body`, { source: of });
  return body;
}

/** A stream of the web as one that can be ended while it is waited for. */
function unlocked(items: AsyncIterable<unknown> | Iterable<unknown>, name: string): typeof items {
  if (!(items instanceof ReadableStream)) return items;
  try {
    return Readable.fromWeb(items, { objectMode: true, highWaterMark: 1 });
  } catch (error) {
    throw new DataError('source-used', `${name} cannot be read: ${messageOf(error)}`, { source: name, cause: error });
  }
}

const isPiece = (item: unknown): boolean => typeof item === 'string' || isBytes(item) || isAnyArrayBuffer(item);

async function* toBytes(groups: AsyncIterable<readonly unknown[]>, name: string): AsyncGenerator<Uint8Array> {
  for await (const pieces of groups) {
    for (const piece of pieces) {
      if (typeof piece === 'string') yield Buffer.from(piece);
      else if (isBytes(piece) || isAnyArrayBuffer(piece)) yield toUint8Array(piece);
      else
        throw new DataError('not-rows', `${name}: received ${shown(piece)} among its bytes, expected bytes or text`, {
          source: name,
        });
    }
  }
}
