// Streams of some of the rows of another.
import type { Chunk } from '../chunk.ts';
import { weightless } from '../errors.ts';
import { pickRows } from '../util/blocks.ts';
import type { ChunkStream, PassOver, PlacedChunk, StreamPlace } from './chunk-stream.ts';
import type { Source } from './source.ts';

/** What streams of some of the rows of a source have in common; they count and close as it does. */
const shared = (source: Source) => ({
  dimensions: source.dimensions,
  allowsMissing: source.allowsMissing,
  frontEnd: source.frontEnd,
  known: () => source.known,
  remember: source.remember.bind(source),
  close: () => source.close(),
});

/** The rows, numbered from 0, for which `wanted` returns true; parts stay apart. */
export function selected(
  source: Source,
  stream: ChunkStream,
  name: string,
  wanted: (row: number) => boolean,
): ChunkStream {
  async function* read(from?: StreamPlace, passOver?: PassOver): AsyncGenerator<PlacedChunk> {
    yield* pick(stream, (chunk, before) => pickRows(chunk, (n) => wanted(before + n)), from, passOver);
  }
  return { ...shared(source), name, read };
}

/**
 * The rows of a weight that is not 0.
 *
 * @throws DataError, when it is read, if all rows have weight 0.
 */
export function countable(source: Source, stream: ChunkStream): ChunkStream {
  const { name } = source;
  const pickWeighted = (chunk: Chunk): Chunk => {
    const { weights } = chunk;
    return weights?.includes(0) ? pickRows(chunk, (n) => weights[n] !== 0) : chunk;
  };
  async function* read(from?: StreamPlace, passOver?: PassOver): AsyncGenerator<PlacedChunk> {
    const { rows, picked } = yield* pick(stream, pickWeighted, from, passOver);
    if (rows > 0 && picked === 0) throw weightless(name);
    if (rows > 0) source.counted(rows);
  }
  return { ...shared(source), name, skipped: stream.skipped, read };
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
