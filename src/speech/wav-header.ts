import { DataError } from '../errors.ts';
import type { EncodingName } from './pcm.ts';

/** What the header of a WAV file says of its sound. */
export interface WavFormat {
  readonly sampleRate: number;
  readonly channels: number;
  readonly encoding: EncodingName;
  /** Bytes of a sample of all channels. */
  readonly blockBytes: number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** The last bytes of the identifiers that stand for the codes of old. */
const IDENTIFIER_END = '000000001000800000aa00389b71';

/** What is not read, by the name that messages give it. */
const codecs: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  6: 'A-law',
  7: 'µ-law',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  80: 'MPEG',
  85: 'MP3',
};

/** The lengths, beside 0, that programs write into pipes, as they cannot go back and set the right one; 0x7FFFF000 is SoX's, 0x80000000 arecord's. */
const UNKNOWN_LENGTHS: readonly number[] = [0xffffffff, 0x7fffffff, 0x7ffff000, 0x80000000];

/** Whether a length says that none is known. */
export const isUnknownLength = (length: number): boolean => length === 0 || UNKNOWN_LENGTHS.includes(length);

/** Reads the chunk 'fmt '. */
export function parseFormat(chunk: Uint8Array, name: string): WavFormat {
  if (chunk.length < 16) {
    throw new DataError(`${name}: its fmt chunk has ${chunk.length} bytes, expected at least 16: it is damaged`);
  }
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const blockBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  const bytes = blockBytes / channels;
  const code = codeOf(view, chunk);
  if (code !== PCM && code !== FLOAT) {
    const codec = codecs[code] ?? 'an unknown way';
    throw new DataError(
      `${name} is coded as ${codec} (code ${code}), expected PCM or floats: convert it, as with: ` +
        `sox ${name} -e signed-integer -b 16 pcm.wav`,
    );
  }
  const kinds: Readonly<Record<number, EncodingName>> =
    code === PCM ? { 1: 'pcm8', 2: 'pcm16', 3: 'pcm24', 4: 'pcm32' } : { 4: 'float32', 8: 'float64' };
  const encoding = kinds[bytes];
  const areBitsRight = code === PCM ? bits > 8 * (bytes - 1) && bits <= 8 * bytes : bits === 8 * bytes;
  if (!encoding || !areBitsRight) {
    throw new DataError(
      `${name}: its header says ${channels} channels, ${bits} bits and ${blockBytes} bytes for all channels, which do not go together: ` +
        'expected PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64',
    );
  }
  return { sampleRate, channels, encoding, blockBytes };
}

function codeOf(view: DataView, chunk: Uint8Array): number {
  const code = view.getUint16(0, true);
  if (code !== EXTENSIBLE || chunk.length < 40) return code;
  const identifier = Buffer.from(chunk.subarray(24, 40)).toString('hex');
  return identifier.endsWith(IDENTIFIER_END) ? view.getUint16(24, true) : code;
}

/** Which channel, from 0, is meant; `chosen` is from 1. */
export function channelOf(chosen: number | undefined, channels: number, name: string): number {
  if (chosen === undefined && channels === 1) return 0;
  if (chosen !== undefined && chosen >= 1 && chosen <= channels && Number.isInteger(chosen)) return chosen - 1;
  const has = channels === 1 ? '1 channel' : `${channels} channels`;
  if (chosen === undefined) throw new DataError(`${name} has ${has}: choose one (--channel 1)`);
  throw new DataError(`${name} has ${has}, there is no channel ${chosen}: they are counted from 1`);
}
