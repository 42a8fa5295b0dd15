// WAV files, as rows made by a front end.
import { DataError, SettingError } from '../../errors.ts';
import { Features } from '../../speech/features.ts';
import { frameCount, frameTimes } from '../../speech/frames.ts';
import { differing, type FrontEnd, frontEndAt, layoutOf, needsWhole, wrongRate } from '../../speech/front-end.ts';
import { ColumnMoments } from '../../speech/normalise.ts';
import { WavDecoder, type WavInfo } from '../../speech/wav-decoder.ts';
import { spooled } from '../spool.ts';
import type { Batch, Input, Opener, Part, ReadOptions, Table } from '../table.ts';

/** So much is decoded at a time. */
const PIECE_BYTES = 1 << 15;

/**
 * Sound in WAV files, of which a front end makes rows: PCM of up to 64 bits, floats of 32 or 64. A file is a recording
 * of its own; nothing crosses from one to the next. Source: the RIFF specification, EBU Tech 3306 (RF64).
 */
export const wav: Opener = {
  async open(input, options): Promise<Table> {
    const { name, path } = input;
    if (options.weightColumn !== undefined)
      throw new SettingError('setting-conflict', `weightColumn: ${name} is sound, which has no columns`, {
        setting: 'weightColumn',
      });
    const sound = await openSound(input, options);
    try {
      const frontEnd = chooseFrontEnd(sound.info, name, options);
      const { dimensions, frame } = layoutOf(frontEnd);
      const { bytes, blockBytes } = sound.info;
      const samples = bytes === undefined ? undefined : bytes / blockBytes;
      const rows = samples === undefined ? undefined : frameCount(frontEnd, samples);
      if (rows === 0 && !options.skipped) throw tooShort(name, samples!, frame);
      const live = {
        dimensions,
        rows,
        frontEnd,
        batches: readRows(sound, name, frontEnd, options),
        close: sound.close,
      };
      if (!needsWhole(frontEnd)) return live;
      const reopen = async (): Promise<Table> => {
        const again = await openSound(input, options);
        return { ...live, batches: readRows(again, name, frontEnd, options), close: again.close };
      };
      const twice = path === undefined ? spooled(name, live) : rereadable(live, reopen);
      return { ...live, batches: normalised(twice, input, frontEnd), close: async () => twice.close?.() };
    } catch (error) {
      await sound.close();
      throw error;
    }
  },
};

type Rereadable = Pick<Part, 'open' | 'close'>;

/** A file whose header was read. */
interface Sound {
  readonly info: WavInfo;
  readonly decoder: WavDecoder;
  /** Bytes that came with the header. */
  readonly first: Float64Array;
  readonly pieces: AsyncIterator<Uint8Array>;
  readonly close: () => Promise<void>;
}

async function openSound({ name, bytes, lentBytes = bytes }: Input, { channel }: ReadOptions): Promise<Sound> {
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
      if (decoder.info) return { info: decoder.info, decoder, first, pieces, close };
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

async function* readRows(
  { decoder, first, pieces }: Sound,
  name: string,
  frontEnd: FrontEnd,
  options: ReadOptions,
): AsyncGenerator<Batch> {
  const features = new Features(frontEnd);
  let rows = 0;
  const timed = (data: Float32Array): Batch => {
    const count = data.length / features.dimensions;
    rows += count;
    return { data, times: frameTimes(frontEnd, rows - count, count) };
  };
  for (let sound = first; ; ) {
    const data = features.push(sound);
    if (data.length > 0) yield timed(data);
    const { value, done } = await pieces.next();
    if (done) break;
    options.signal?.throwIfAborted();
    sound = decoder.decode(value);
  }
  decoder.end();
  const data = features.end();
  if (data.length > 0) yield timed(data);
  else if (rows === 0) leaveOut(tooShort(name, features.samples, features.frame), options);
}

/** A table that is open already, and opened anew from the second time on. */
function rereadable(live: Table, reopen: () => Promise<Table>): Rereadable {
  let isFirst = true;
  const open = async (): Promise<Table> => {
    if (!isFirst) return reopen();
    isFirst = false;
    return live;
  };
  return { open, close: live.close };
}

/** Under which name the first pass keeps what it found, so that later ones read once. */
const MOMENTS = 'moments';

/** The first reading computes the statistics with which the second is normalised. */
async function* normalised(sound: Rereadable, input: Input, frontEnd: FrontEnd): AsyncGenerator<Batch> {
  let moments = input.kept.get(MOMENTS) as ColumnMoments | undefined;
  if (!moments) {
    moments = new ColumnMoments(layoutOf(frontEnd).dimensions);
    for await (const { data } of (await sound.open()).batches) moments.add(data);
    if (moments.rows === 0) return;
    input.kept.set(MOMENTS, moments);
  }
  const table = await sound.open();
  try {
    for await (const { data, times } of table.batches) {
      const rows = Float32Array.from(data);
      moments.normalise(rows, frontEnd);
      yield { data: rows, times };
    }
  } finally {
    await table.close();
  }
}

/** Settings that were given hold, and those of the model (or training data) that the rows are for. */
function chooseFrontEnd({ sampleRate }: WavInfo, name: string, { frontEnd: given, rowsFor }: ReadOptions): FrontEnd {
  const known = rowsFor?.frontEnd;
  if (!known) {
    if (rowsFor && !given) {
      throw new DataError(
        'mismatch',
        `${name} is sound, but ${rowsFor.name ?? 'the model'} does not say what front end its rows are from: ` +
          'make rows of the sound first, as those were made (megamix features)',
        { source: name },
      );
    }
    return frontEndAt(given ?? {}, sampleRate, name);
  }
  const other = given && differing(given, known);
  if (other) {
    throw new SettingError(
      'setting-conflict',
      `${other}: received ${JSON.stringify(given[other])}, but ${rowsFor.name ?? 'the model'} has ${JSON.stringify(known[other])}: leave it out`,
      { setting: other },
    );
  }
  if (known.sampleRate !== sampleRate) {
    throw wrongRate(name, sampleRate, known.sampleRate, `those of ${rowsFor.name ?? 'the model'}`);
  }
  return known;
}

const tooShort = (name: string, samples: number, frame: number): DataError =>
  new DataError('empty', `${name} has ${samples} samples, too few for a frame of ${frame}: leave it out`, {
    source: name,
  });

/** A recording without a frame is an error, unless what cannot be used is to be left out. */
function leaveOut(error: DataError, { skipped }: ReadOptions): void {
  if (!skipped) throw error;
  skipped.note(error.message);
  skipped.rows++;
}
