// Sound of a WAV file, whole or from one time to another.
import { DataError } from '../../errors.ts';
import { PcmDecoder } from '../../speech/pcm.ts';
import { WavDecoder, type WavInfo } from '../../speech/wav-decoder.ts';
import { channelOf } from '../../speech/wav-header.ts';
import type { Input, Span } from '../table.ts';

/** So much is decoded at a time. */
const PIECE_BYTES = 1 << 15;
/** Ends of segments have two decimals, or are from another resampling: they may be so many seconds beyond the recording, as Kaldi allows. */
const TOLERANCE = 0.5;

/** A file whose header was read. */
export interface Sound {
  readonly info: WavInfo;
  /** How many there are; undefined if that is not known yet. */
  readonly count: number | undefined;
  readonly samples: AsyncGenerator<Float64Array>;
  close(): Promise<void>;
}

/** Opens a WAV file, as far as its samples, or those of a part of it. */
export async function openSound(input: Input, channel: number | undefined): Promise<Sound> {
  const { name, span, bytes, lentBytes = bytes } = input;
  const pieces = inPieces(lentBytes());
  const close = async (): Promise<void> => void (await pieces.return(undefined));
  const decoder = new WavDecoder(name, channel);
  try {
    for (;;) {
      const { value, done } = await pieces.next();
      if (done) {
        decoder.end();
        throw new DataError('empty', `${name} has no sound`, { source: name });
      }
      const first = decoder.decode(value);
      if (!decoder.info) continue;
      const { info } = decoder;
      const count = info.bytes === undefined ? undefined : info.bytes / info.blockBytes;
      const samples = decoded(decoder, first, pieces);
      if (!span) return { info, count, samples, close };
      const [from, to] = samplesOf(span, info.sampleRate, count, name);
      const cut = input.path === undefined ? between(samples, from, to) : seek(input, info, channel, from, to);
      const missing = count === undefined ? TOLERANCE * info.sampleRate : 0;
      const found = enough(cut, to - from - missing, name);
      return {
        info,
        count: to === Number.POSITIVE_INFINITY ? undefined : to - from,
        samples: found,
        async close() {
          await found.return(undefined);
          await close();
        },
      };
    }
  } catch (error) {
    await close();
    throw error;
  }
}

async function* inPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; at += PIECE_BYTES) yield piece.subarray(at, at + PIECE_BYTES);
  }
}

async function* decoded(
  decoder: WavDecoder,
  first: Float64Array,
  pieces: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Float64Array> {
  yield first;
  for await (const piece of pieces) yield decoder.decode(piece);
  decoder.end();
}

/** The numbers of samples of a part, the first and that after the last, which the recording must have. */
function samplesOf(
  { start, end }: Span,
  sampleRate: number,
  count: number | undefined,
  name: string,
): readonly [from: number, to: number] {
  const from = Math.trunc(start * sampleRate);
  const to = end === -1 ? (count ?? Number.POSITIVE_INFINITY) : Math.trunc(end * sampleRate);
  if (count === undefined) return [from, to];
  if (from >= count || to > count + TOLERANCE * sampleRate) throw beyond(name, count / sampleRate);
  return [from, Math.min(to, count)];
}

const beyond = (name: string, seconds: number): DataError =>
  new DataError('truncated', `${name}: the recording has ${seconds} s, less than the segment asks for`, {
    source: name,
  });

/** Those samples, read from where they are in the file. */
async function* seek(
  { name, bytes, lentBytes = bytes }: Input,
  { start, blockBytes, encoding, channels }: WavInfo,
  channel: number | undefined,
  from: number,
  to: number,
): AsyncGenerator<Float64Array> {
  const decoder = new PcmDecoder(name, encoding, channels, channelOf(channel, channels, name));
  let left = (to - from) * blockBytes;
  for await (const piece of inPieces(lentBytes(start + from * blockBytes))) {
    const wanted = piece.subarray(0, left);
    left -= wanted.length;
    yield decoder.decode(wanted);
    if (left === 0) return;
  }
}

/** Those of all samples, as they come. */
async function* between(samples: AsyncGenerator<Float64Array>, from: number, to: number): AsyncGenerator<Float64Array> {
  let before = 0;
  for await (const piece of samples) {
    const some = piece.subarray(Math.max(0, from - before), Math.max(0, to - before));
    before += piece.length;
    if (some.length > 0) yield some;
    if (before >= to) return;
  }
}

/** The same samples, of which there must be so many. */
async function* enough(
  samples: AsyncGenerator<Float64Array>,
  fewest: number,
  name: string,
): AsyncGenerator<Float64Array> {
  let count = 0;
  for await (const piece of samples) {
    count += piece.length;
    yield piece;
  }
  if (count >= fewest || fewest === Number.POSITIVE_INFINITY) return;
  throw new DataError('truncated', `${name}: the recording ends before the segment, ${count} samples after its start`, {
    source: name,
  });
}
