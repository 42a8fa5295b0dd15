// Recognises compressed files by their first bytes, and decompresses them.
import { dirname } from 'node:path';
import { DataError } from '../../errors.ts';
import type { Input } from '../table.ts';

type Decompress = (bytes: AsyncIterable<Uint8Array>, name: string) => AsyncIterable<Uint8Array>;

/** A way to compress bytes. */
interface Compression {
  readonly name: string;
  readonly extension: string;
  /** How the bytes begin; −1 is any byte. */
  readonly starts: readonly (readonly number[])[];
  /** Absent where another program must do it: `command`. */
  readonly decompress?: Decompress;
  readonly command: string;
}

/** A decompressor that is loaded when it is needed. */
const loaded = (load: () => Promise<Decompress>): Decompress =>
  async function* (bytes, name) {
    yield* (await load())(bytes, name);
  };

const [ANY, B, Z, H, P, K] = [-1, 0x42, 0x5a, 0x68, 0x50, 0x4b];

const compressions: readonly Compression[] = [
  {
    name: 'gzip',
    extension: '.gz',
    starts: [[0x1f, 0x8b, 8]],
    decompress: loaded(async () => (await import('./gzip.ts')).gunzip),
    command: 'gzip -dk',
  },
  {
    name: 'Zstandard',
    extension: '.zst',
    starts: [
      [0x28, 0xb5, 0x2f, 0xfd],
      [ANY, 0x2a, 0x4d, 0x18],
    ],
    decompress: loaded(async () => (await import('./zstandard.ts')).unzstd),
    command: 'zstd -d',
  },
  {
    name: 'bzip2',
    extension: '.bz2',
    starts: [[B, Z, H, ANY, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]],
    command: 'bzip2 -dk',
  },
  { name: 'xz', extension: '.xz', starts: [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]], command: 'xz -dk' },
  {
    name: 'LZ4',
    extension: '.lz4',
    starts: [
      [0x04, 0x22, 0x4d, 0x18],
      [0x02, 0x21, 0x4c, 0x18],
    ],
    command: 'lz4 -d',
  },
  { name: 'zip', extension: '.zip', starts: [[P, K, 3, 4]], command: 'unzip' },
  { name: 'compress', extension: '.z', starts: [[0x1f, 0x9d]], command: 'gzip -dk' },
];

const LONGEST_START = Math.max(...compressions.flatMap(({ starts }) => starts.map(({ length }) => length)));

const byName = (path: string): Compression | undefined =>
  compressions.find(({ extension }) => path.toLowerCase().endsWith(extension));

/** The name of what is compressed in a file of this name: `x.csv` of `x.csv.gz`. */
export function nameInside(path: string): string {
  const compression = byName(path);
  return compression ? path.slice(0, -compression.extension.length) : path;
}

/** Says of a format that is read here and there, not as a stream, that it cannot be compressed as a whole. */
export function refuseCompressed(path: string, format: string): void {
  const compression = byName(path);
  if (!compression) return;
  throw new DataError(
    'needs-file',
    `${path}: .${format} cannot be read compressed as a whole: decompress it first (${compression.command} ${path})`,
    { source: path },
  );
}

/** Under which name it is kept whether a file is not compressed, so that later passes do not look again. */
const PLAIN = 'plain';

/** Whether a file that was opened, of a format that may be compressed, is. */
export const isCompressed = ({ path, kept }: Input): boolean => path !== undefined && kept.get(PLAIN) === false;

/**
 * An input whose bytes are not compressed: those of one that is are decompressed as they come, whatever its name. What is compressed
 * has no path: it cannot be read here and there. (HTK has no mark of its own: one of 529,205,248 to 529,205,503 or of 682,962,941 frames,
 * some 60 days, begins as gzip or Zstandard do.)
 */
export async function decompressed(input: Input, signal?: AbortSignal): Promise<Input> {
  const { name, path, kept } = input;
  if (path !== undefined && kept.get(PLAIN) === true) return input;
  const begun =
    path === undefined ? await begin(input.bytes()) : { start: await firstPiece(input), bytes: input.bytes };
  const compression = compressions.find(({ starts }) => starts.some((start) => isStart(start, begun.start)));
  const expected = path === undefined ? undefined : byName(path);
  if (!compression && expected && begun.start.length > 0) {
    throw new DataError(
      'wrong-format',
      `${name} does not begin as ${expected.name} does, as its name says: if it is not compressed, rename it`,
      { source: name },
    );
  }
  if (!compression) {
    if (path === undefined) return { name, kept, bytes: begun.bytes };
    kept.set(PLAIN, true);
    return input;
  }
  kept.set(PLAIN, false);
  const { decompress, command } = compression;
  if (decompress) {
    const bytes = (): AsyncIterable<Uint8Array> => untilAborted(decompress(begun.bytes(), name), signal);
    return { name, directory: path && dirname(path), kept, bytes };
  }
  throw new DataError(
    'unsupported',
    `${name} is compressed by ${compression.name}; gzip and Zstandard can be read: decompress it first (${command})`,
    { source: name },
  );
}

/** A few bytes may become any number, with no row in them. */
async function* untilAborted(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    signal?.throwIfAborted();
    yield piece;
  }
}

const mayStart = (start: readonly number[], bytes: Uint8Array): boolean =>
  start.every((byte, i) => byte === ANY || i >= bytes.length || byte === bytes[i]);

const isStart = (start: readonly number[], bytes: Uint8Array): boolean =>
  bytes.length >= start.length && mayStart(start, bytes);

async function firstPiece({ bytes, lentBytes = bytes }: Input): Promise<Uint8Array> {
  for await (const piece of lentBytes()) return Uint8Array.from(piece.subarray(0, LONGEST_START));
  return new Uint8Array(0);
}

/** The first bytes of a stream, as many as needed to recognise a compression, and the whole stream. */
async function begin(bytes: AsyncIterable<Uint8Array>): Promise<{ start: Uint8Array; bytes: Input['bytes'] }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array(0);
  const isOpen = (known: readonly number[]): boolean => known.length > start.length && mayStart(known, start);
  while (compressions.some(({ starts }) => starts.some(isOpen))) {
    const { value, done } = await iterator.next();
    if (done) break;
    start = start.length === 0 ? value : Buffer.concat([start, value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield start;
      for (;;) {
        const { value, done } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { start, bytes: all };
}
