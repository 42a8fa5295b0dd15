// gzip, streamed.
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError, messageOf } from '../../errors.ts';

const PIECE_BYTES = 1 << 18;

/** zlib's error codes of damage, in the format's own terms. */
const DAMAGES: Readonly<Record<string, string>> = {
  'unexpected end of file': 'it ends within its compressed data: the file was cut short',
  'incorrect data check': 'what is in it has not the checksum that it says: it is damaged',
  'incorrect length check': 'what is in it has not the length that it says: it is damaged',
  'incorrect header check': 'after its compressed data comes something else: it is damaged',
};

/**
 * Decompresses gzip (RFC 1952) as a stream: one member or several, each of the checksum and the length that it says. After the last
 * nothing comes but zeros.
 */
export async function* gunzip(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  const seen = { bytes: 0, upToLastByte: 0 };
  const take = async (): Promise<Uint8Array | undefined> => {
    const { value, done } = await pieces.next();
    if (done) return undefined;
    for (let i = value.length - 1; i >= 0; i--) {
      if (value[i] === 0) continue;
      seen.upToLastByte = seen.bytes + i + 1;
      break;
    }
    seen.bytes += value.length;
    return value;
  };
  const compressed = counted(take);
  const inflater = createGunzip({ chunkSize: PIECE_BYTES });
  pipeline(Readable.from(compressed, { objectMode: false }), inflater, () => {
    // An error of the bytes or of zlib is thrown by the loop below.
  });
  try {
    for await (const piece of inflater) yield piece as Uint8Array;
    // zlib takes no notice of what follows a zero after a member.
    await compressed.return(undefined);
    while (await take());
  } catch (error) {
    if (!isOfZlib(error)) throw error;
    const what = DAMAGES[messageOf(error)] ?? `it is damaged (${messageOf(error)})`;
    const code = /cut short/.test(what) ? 'truncated' : 'damaged';
    throw new DataError(code, `${name} cannot be decompressed by gzip: ${what}`, { source: name, cause: error });
  } finally {
    await pieces.return?.();
  }
  if (seen.upToLastByte > inflater.bytesWritten)
    throw new DataError('damaged', `${name} cannot be decompressed by gzip: ${DAMAGES['incorrect header check']}`, {
      source: name,
    });
}

async function* counted(take: () => Promise<Uint8Array | undefined>): AsyncGenerator<Uint8Array> {
  for (let piece = await take(); piece; piece = await take()) yield piece;
}

const isOfZlib = (error: unknown): boolean => /^Z_/.test((error as NodeJS.ErrnoException).code ?? '');
