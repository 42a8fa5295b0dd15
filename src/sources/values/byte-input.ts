// Bytes in memory, and Blobs.
import { FileError } from '../../errors.ts';
import { checkOptions, type FileOptions, formatFor, formatOf, openAs } from '../formats.ts';
import type { Part, Table } from '../table.ts';
import { type Bytes, toUint8Array } from './inputs.ts';

const PIECE_BYTES = 1 << 20;

/** Bytes in memory, or a Blob (which may be a file), as a part. */
export async function partOfBytes(data: Blob | readonly Bytes[], name: string, options: FileOptions): Promise<Part> {
  const named = data instanceof Blob && 'name' in data ? String(data.name) : undefined;
  const format = (named !== undefined && !options.format && formatOf(named)) || formatFor(options.format, name);
  checkOptions(format, options, name);
  const bytes = data instanceof Blob ? () => ofBlob(data, name) : () => ofPieces(data);
  const kept = new Map<string, unknown>();
  const open = (): Promise<Table> => openAs(format, { name, kept, bytes }, options);
  const { dimensions, rows, frontEnd, close } = await open();
  await close();
  return { name, dimensions, rows, frontEnd, open };
}

async function* ofPieces(all: readonly Bytes[]): AsyncGenerator<Uint8Array> {
  for (const each of all) {
    const bytes = toUint8Array(each);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
  }
}

async function* ofBlob(blob: Blob, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* blob.stream() as unknown as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new FileError('io-failed', `${name} cannot be read: ${error.message}`, { path: name, cause: error }); // the file of a Blob was changed
  }
}
