// Bytes in memory, and Blobs.
import { FileError } from '../../errors.ts';
import type { PartFingerprint } from '../fingerprint.ts';
import { checkOptions, type FileOptions, formatFor, formatOf, openAs } from '../formats.ts';
import { hashOfSamples, newHash } from '../hash.ts';
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
  const fingerprint = async (): Promise<PartFingerprint> => ({ name, dimensions, rows, ...(await hashOf(data)) });
  return { name, dimensions, rows, frontEnd, open, fingerprint };
}

async function hashOf(data: Blob | readonly Bytes[]): Promise<{ readonly bytes: number; readonly hash: string }> {
  if (data instanceof Blob) {
    const read = async (start: number, end: number): Promise<Uint8Array> =>
      new Uint8Array(await data.slice(start, end).arrayBuffer());
    return { bytes: data.size, hash: await hashOfSamples({ bytes: data.size, read }) };
  }
  const hash = await newHash();
  let bytes = 0;
  for await (const piece of ofPieces(data)) {
    await hash.add(piece);
    bytes += piece.length;
  }
  return { bytes, hash: hash.end() };
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
