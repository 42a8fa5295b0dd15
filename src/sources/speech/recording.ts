// A recording as rows that a front end makes of it.
import { DataError, SettingError } from '../../errors.ts';
import { Features } from '../../speech/features.ts';
import { frameCount, frameTimes } from '../../speech/frames.ts';
import {
  checkAgrees,
  type FrontEndSettings,
  frontEndAt,
  isOfRows,
  layoutOf,
  needsWhole,
  type SoundFrontEnd,
  wrongRate,
} from '../../speech/front-end.ts';
import { ColumnMoments, type KnownMoments } from '../../speech/normalise.ts';
import { leftToShape, UNSHAPED } from '../../speech/shaper.ts';
import type { WavInfo } from '../../speech/wav-decoder.ts';
import { spooled } from '../spool.ts';
import type { Batch, Input, Part, ReadOptions, Table } from '../table.ts';
import { openSound, type Sound } from './sound.ts';

/** Opens a recording, or a part of it, as a table of frames. */
export async function openRecording(input: Input, options: ReadOptions): Promise<Table> {
  const { name, path } = input;
  if (options.weightColumn !== undefined)
    throw new SettingError('setting-conflict', `weightColumn: ${name} is sound, which has no columns`, {
      setting: 'weightColumn',
    });
  const sound = await openSound(input, options.channel);
  try {
    const frontEnd = chooseFrontEnd(sound.info, name, options);
    const own = leftToShape(frontEnd) ? { ...frontEnd, ...UNSHAPED } : frontEnd;
    const { dimensions, frame } = layoutOf(own);
    const rows = sound.count === undefined ? undefined : frameCount(frontEnd, sound.count);
    if (rows === 0 && !options.skipped) throw tooShort(name, sound.count!, frame);
    const tableOf = (opened: Sound): Table => ({
      dimensions,
      rows,
      frontEnd,
      batches: readRows(opened, name, own, options),
      close: opened.close,
    });
    const live = tableOf(sound);
    if (!needsWhole(own)) return { ...live, batches: timed(live.batches, own) };
    const reopen = async (): Promise<Table> => tableOf(await openSound(input, options.channel));
    const twice = path === undefined ? spooled(name, live) : rereadable(live, reopen);
    const batches = timed(normalised(twice, input, own), own);
    return { ...live, batches, close: async () => twice.close?.() };
  } catch (error) {
    await sound.close();
    throw error;
  }
}

type Rereadable = Pick<Part, 'open' | 'close'>;

async function* readRows(
  { samples }: Sound,
  name: string,
  frontEnd: SoundFrontEnd,
  options: ReadOptions,
): AsyncGenerator<Batch> {
  const features = new Features(frontEnd);
  let rows = 0;
  for await (const sound of samples) {
    options.signal?.throwIfAborted();
    const data = features.push(sound);
    rows += data.length;
    if (data.length > 0) yield { data };
  }
  const data = features.end();
  if (data.length > 0) yield { data };
  else if (rows === 0) leaveOut(tooShort(name, features.samples, features.frame), options);
}

/** With the time of the middle of each frame, from the beginning of the recording, or of its part. */
async function* timed(batches: AsyncIterable<Batch>, frontEnd: SoundFrontEnd): AsyncGenerator<Batch> {
  const { dimensions } = layoutOf(frontEnd);
  let before = 0;
  for await (const batch of batches) {
    const rows = batch.data.length / dimensions;
    yield { ...batch, times: frameTimes(frontEnd, before, rows) };
    before += rows;
  }
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
async function* normalised(sound: Rereadable, input: Input, frontEnd: SoundFrontEnd): AsyncGenerator<Batch> {
  const { dimensions } = layoutOf(frontEnd);
  const moments = new ColumnMoments(dimensions, input.kept.get(MOMENTS) as KnownMoments | undefined);
  if (moments.rows === 0) {
    for await (const { data } of (await sound.open()).batches) moments.add(data);
    if (moments.rows === 0) return;
    input.kept.set(MOMENTS, moments.known);
  }
  const normalise = moments.normaliser(frontEnd);
  const table = await sound.open();
  try {
    for await (const { data } of table.batches) {
      const rows = Float32Array.from(data);
      normalise(rows);
      yield { data: rows };
    }
  } finally {
    await table.close();
  }
}

/** Settings that were given hold, and those of the model (or training data) that the rows are for. */
function chooseFrontEnd({ sampleRate }: WavInfo, name: string, options: ReadOptions): SoundFrontEnd {
  const { frontEnd: given, rowsFor } = options;
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
    return frontEndOf(options, sampleRate, name);
  }
  if (isOfRows(known))
    throw new DataError(
      'mismatch',
      `${name} is sound, but the rows of ${rowsFor.name ?? 'the model'} were made of features: make features of the sound first (megamix features)`,
      { source: name },
    );
  if (given) checkAgrees(given, known, rowsFor.name);
  if (known.sampleRate !== sampleRate) {
    throw wrongRate(name, sampleRate, known.sampleRate, `those of ${rowsFor.name ?? 'the model'}`);
  }
  return known;
}

/** Front ends by the settings that all files of an opening have, and sample rates: those files share one, and what is made for it. */
const frontEnds = new WeakMap<FrontEndSettings, Map<number, SoundFrontEnd>>();
const NO_SETTINGS: FrontEndSettings = {};

function frontEndOf(
  { frontEnd: settings = NO_SETTINGS }: ReadOptions,
  sampleRate: number,
  name: string,
): SoundFrontEnd {
  const known = frontEnds.get(settings) ?? new Map<number, SoundFrontEnd>();
  const frontEnd = known.get(sampleRate) ?? frontEndAt(settings, sampleRate, name);
  frontEnds.set(settings, known.set(sampleRate, frontEnd));
  return frontEnd;
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
