// Streams of some of the rows of another.
import type { Chunk } from '../chunk.ts';
import { weightless } from '../errors.ts';
import { marksOf, pickRows } from '../util/blocks.ts';
import type { ChunkStream, Known, PassOver, PlacedChunk, StreamPlace } from './chunk-stream.ts';

/** A source whose rows are picked from. */
export interface WholeSource
  extends Pick<
    ChunkStream,
    'name' | 'dimensions' | 'allowsMissing' | 'frontEnd' | 'fingerprint' | 'remember' | 'close'
  > {
  readonly known: Known;
  counted(rows: number): void;
}

/** What streams of some of its rows have in common with it. */
function shared(source: WholeSource): Omit<ChunkStream, 'read'> {
  const { name, dimensions, allowsMissing, frontEnd } = source;
  return {
    name,
    dimensions,
    allowsMissing,
    frontEnd,
    known: () => source.known,
    fingerprint: () => source.fingerprint(),
    remember: (known) => source.remember(known),
    close: () => source.close(),
  };
}

/** The rows, numbered from 0, for which `wanted` returns true; parts stay apart. */
export function selected(
  source: WholeSource,
  stream: ChunkStream,
  name: string,
  wanted: (row: number) => boolean,
): ChunkStream {
  async function* read(from?: StreamPlace, passOver?: PassOver): AsyncGenerator<PlacedChunk> {
    const pickWanted = (chunk: Chunk, before: number): Chunk =>
      pickRows(
        chunk,
        marksOf(chunk.rows, (n) => wanted(before + n)),
      );
    yield* pick(stream, pickWanted, from, passOver);
  }
  return { ...shared(source), name, read };
}

/**
 * The rows of a weight that is not 0.
 *
 * @throws DataError, when it is read, if all rows have weight 0.
 */
export function countable(source: WholeSource, stream: ChunkStream): ChunkStream {
  const { name } = source;
  const pickWeighted = (chunk: Chunk): Chunk => {
    const { weights } = chunk;
    return weights?.includes(0)
      ? pickRows(
          chunk,
          marksOf(chunk.rows, (n) => weights[n] !== 0),
        )
      : chunk;
  };
  async function* read(from?: StreamPlace, passOver?: PassOver): AsyncGenerator<PlacedChunk> {
    const { rows, picked } = yield* pick(stream, pickWeighted, from, passOver);
    if (rows > 0 && picked === 0) throw weightless(name);
    if (rows > 0) source.counted(rows);
  }
  return { ...shared(source), skipped: stream.skipped, read };
}

/** Reads a stream, and returns how many rows it gave, and how many of them were picked. */
async function* pick(
  stream: ChunkStream,
  pickFrom: (chunk: Chunk, before: number) => Chunk,
  from: StreamPlace | undefined,
  passOver: PassOver | undefined,
): AsyncGenerator<PlacedChunk, { readonly rows: number; readonly picked: number }> {
  let rows = from?.of?.rows ?? 0;
  let picked = from?.rows ?? 0;
  for await (const { chunk, place } of stream.read(from?.of, passOver)) {
    const some = pickFrom(chunk, rows);
    rows += chunk.rows;
    if (some !== chunk) chunk.release?.();
    yield { chunk: some, place: { rows: picked, of: place } };
    picked += some.rows;
  }
  return { rows, picked };
}
