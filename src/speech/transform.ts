// FeatureTransform: the front end as a Node stream.
import { Transform, type TransformCallback } from 'node:stream';
import { DataError, SettingError } from '../errors.ts';
import { shown } from '../util/shown.ts';
import { Features } from './features.ts';
import { checkFrontEnd, type FrontEndSettings, frontEndAt, type SoundFrontEnd } from './front-end.ts';
import { type EncodingName, encodings, PcmDecoder } from './pcm.ts';
import { UNSHAPED } from './shaper.ts';
import { WavDecoder } from './wav-decoder.ts';

/** Settings of a FeatureTransform: the encoding of the sound, and the front end. */
export interface FeatureTransformSettings extends Omit<FrontEndSettings, 'features'> {
  /** What rows are: 'mfcc' (default) or 'fbank'; 'rows', as of a model of features on disk, is refused. */
  readonly features?: FrontEndSettings['features'] | 'rows' | undefined;
  /**
   * Encoding of the bytes: 'pcm16' (default), 'pcm8' (unsigned), 'pcm24', 'pcm32', 'float32' or 'float64',
   * little-endian, which need `sampleRate`; or 'wav', a whole WAV file.
   */
  readonly encoding?: EncodingName | 'wav' | undefined;
  /** PCM: number of interleaved channels; default 1. */
  readonly channels?: number | undefined;
  /** Channel to use, from 1; required if there are several. */
  readonly channel?: number | undefined;
  /** Name of the sound in error messages. */
  readonly name?: string | undefined;
}

/** Bytes that are decoded before somebody downstream may say that it is enough. */
const PIECE_BYTES = 1 << 13;
const MOST_CHANNELS = 65_535;

/** Bytes of sound as samples, and the front end for them as soon as it is known. */
interface Decoder {
  decode(bytes: Uint8Array): Float64Array;
  end(): void;
  frontEnd(): SoundFrontEnd | undefined;
}

/**
 * Transform stream from bytes of sound to rows: a Float32Array per frame.
 *
 * A row is emitted as soon as the last sample of its frame and `deltas` × `deltaWindow` further frames have arrived.
 * The stream fails with DataError on sound that cannot be used, or that ends within a sample.
 *
 * @example
 * ```js
 * import { createReadStream } from 'node:fs';
 * import { FeatureTransform } from 'megamix';
 *
 * const rows = createReadStream('data/wav/en/vm-review.wav').pipe(new FeatureTransform({ encoding: 'wav', features: 'fbank', deltas: 0 }));
 * for await (const row of rows) console.log(row.length);
 * ```
 */
export class FeatureTransform extends Transform {
  readonly #name: string;
  readonly #decoder: Decoder;
  #features: Features | undefined;
  /** Continues with the remaining bytes, once downstream wants more. */
  #waiting: (() => void) | undefined;

  /**
   * Checks the settings.
   *
   * @throws SettingError naming the setting, the value received and what was expected.
   */
  constructor(settings: FeatureTransformSettings = {}) {
    super({ readableObjectMode: true });
    const { encoding = 'pcm16', channels, channel, name = 'the sound', ...others } = settings;
    const ofFrontEnd = others as FrontEndSettings;
    const frontEnd = checkFrontEnd(ofFrontEnd);
    if (frontEnd.normalisation !== 'none' && frontEnd.normalisationOver !== 'running') {
      throw new SettingError(
        'setting-conflict',
        `normalisationOver: received '${frontEnd.normalisationOver}', but a stream does not wait for the end of the sound: expected 'running'`,
        { setting: 'normalisationOver' },
      );
    }
    const ofRecordings = (['splice', 'vad'] as const).find(
      (setting) => String(frontEnd[setting]) !== String(UNSHAPED[setting]),
    );
    if (ofRecordings)
      throw new SettingError(
        'not-offered',
        `${ofRecordings}: a FeatureTransform has none: read the sound by openData`,
        {
          setting: ofRecordings,
        },
      );
    this.#name = name;
    this.#decoder =
      encoding === 'wav'
        ? wavDecoder(name, ofFrontEnd, channels, channel)
        : pcmDecoder(name, ofFrontEnd, encoding, channels ?? 1, channel);
    this.#begin();
  }

  /** How sound becomes rows; for WAV undefined until the header has arrived. */
  get frontEnd(): SoundFrontEnd | undefined {
    return this.#decoder.frontEnd();
  }

  override _transform(bytes: Uint8Array, _: BufferEncoding, done: TransformCallback): void {
    let at = 0;
    const advance = (): void => {
      this.#waiting = undefined;
      try {
        while (at < bytes.length) {
          const piece = bytes.subarray(at, at + PIECE_BYTES);
          at += piece.length;
          if (this.#take(this.#decoder.decode(piece)) || at >= bytes.length) continue;
          this.#waiting = advance;
          return;
        }
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    };
    advance();
  }

  override _read(size: number): void {
    if (this.#waiting) this.#waiting();
    else super._read(size);
  }

  override _flush(done: TransformCallback): void {
    try {
      this.#decoder.end();
      const features = this.#features ?? this.#begin();
      if (!features) throw new DataError('empty', `${this.#name} has no sound`, { source: this.#name });
      this.#give(features.end(), features.dimensions);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  /** Says whether downstream wants more. */
  #take(samples: Float64Array): boolean {
    const features = this.#features ?? this.#begin();
    return !features || this.#give(features.push(samples), features.dimensions);
  }

  #begin(): Features | undefined {
    const frontEnd = this.#decoder.frontEnd();
    if (!frontEnd) return undefined;
    this.#features = new Features(frontEnd);
    return this.#features;
  }

  #give(rows: Float32Array, dimensions: number): boolean {
    let wantsMore = true;
    for (let at = 0; at < rows.length; at += dimensions) wantsMore = this.push(rows.slice(at, at + dimensions));
    return wantsMore;
  }
}

function wavDecoder(
  name: string,
  settings: FrontEndSettings,
  channels: number | undefined,
  channel: number | undefined,
): Decoder {
  if (channels !== undefined)
    throw new SettingError('setting-conflict', 'channels: a WAV file says how many there are: leave it out', {
      setting: 'channels',
    });
  if (channel !== undefined) checkWhole('channel', channel, MOST_CHANNELS);
  const decoder = new WavDecoder(name, channel);
  return {
    decode: (bytes) => decoder.decode(bytes),
    end: () => decoder.end(),
    frontEnd: () => decoder.info && frontEndAt(settings, decoder.info.sampleRate, name),
  };
}

function pcmDecoder(
  name: string,
  settings: FrontEndSettings,
  encoding: EncodingName,
  channels: number,
  channel: number | undefined,
): Decoder {
  if (!Object.hasOwn(encodings, encoding)) {
    throw new SettingError(
      'bad-setting',
      `encoding: received ${shown(encoding)}, expected ${[...Object.keys(encodings), 'wav'].join(', ')}`,
      { setting: 'encoding' },
    );
  }
  checkWhole('channels', channels, MOST_CHANNELS);
  if (channel === undefined && channels > 1) {
    throw new SettingError(
      'missing-setting',
      `channel: received nothing, expected which of ${channels} channels, from 1`,
      { setting: 'channel' },
    );
  }
  checkWhole('channel', channel ?? 1, channels);
  if (settings.sampleRate === undefined) {
    throw new SettingError(
      'missing-setting',
      'sampleRate: received nothing, expected that of the samples in Hz, such as 8000',
      { setting: 'sampleRate' },
    );
  }
  const frontEnd = frontEndAt(settings, settings.sampleRate, name);
  const decoder = new PcmDecoder(name, encodings[encoding], channels, (channel ?? 1) - 1);
  return { decode: (bytes) => decoder.decode(bytes), end: () => decoder.end(), frontEnd: () => frontEnd };
}

function checkWhole(setting: string, value: unknown, most: number): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return;
  throw new SettingError(
    'bad-setting',
    `${setting}: received ${shown(value)}, expected a whole number from 1 to ${most}`,
    { setting },
  );
}
