// Headers of WAV files, checked.
import { DataError } from '../errors.ts';
import { type Encoding, floats, integers } from './pcm.ts';

/** Contents of the header of a WAV file. */
export interface WavFormat {
  readonly sampleRate: number;
  readonly channels: number;
  readonly encoding: Encoding;
  /** Bytes of a sample of all channels. */
  readonly blockBytes: number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const EXTENSIBLE_BYTES = 40;
/** The last bytes of the identifiers that stand for the codes of old: those of sound for loudspeakers, and of ambisonic sound. */
const IDENTIFIER_ENDS: readonly string[] = ['000000001000800000aa00389b71', '00002107d3118644c8c1ca000000'];

/** Encodings that are not supported, with their names in error messages. */
const codecs: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  5: 'IBM CVSD',
  6: 'A-law',
  7: 'µ-law',
  8: 'DTS',
  10: 'Windows Media Voice',
  16: 'OKI ADPCM',
  17: 'IMA ADPCM',
  20: 'G.723 ADPCM',
  21: 'DIGISTD',
  23: 'Dialogic ADPCM',
  32: 'Yamaha ADPCM',
  34: 'TrueSpeech',
  49: 'GSM 6.10',
  64: 'G.721 ADPCM',
  66: 'G.723.1',
  69: 'G.726 ADPCM',
  80: 'MPEG',
  85: 'MP3',
  100: 'G.726 ADPCM',
  101: 'G.722 ADPCM',
  146: 'AC-3',
  255: 'AAC',
  273: 'G.723.1',
  304: 'Sipro ACELP',
  352: 'Windows Media Audio',
  353: 'Windows Media Audio',
  354: 'Windows Media Audio',
  355: 'Windows Media Audio',
  624: 'ATRAC3',
  8192: 'AC-3',
  8193: 'DTS',
  26447: 'Ogg Vorbis',
  28751: 'Opus',
  41225: 'Speex',
  61868: 'FLAC',
};

/**
 * Lengths that programs write into pipes, as they cannot go back and set the right one: 0xFFFFFFFF (ffmpeg) and a little less;
 * 0x80000000 (arecord), 0x7FFFFFFF, 0x7FFFFF00, 0x7FFFF000 (SoX), each less a header, or no more than whole samples.
 */
const UNKNOWN_LENGTHS: readonly (readonly [least: number, most: number])[] = [
  [0, 0],
  [0x7ffff000, 0x80000000],
  [0xffffff00, 0xffffffff],
];

/** Whether a length says that none is known; `slack` is how much less than it a writer may have written. */
export const isUnknownLength = (length: number, slack = 0): boolean =>
  UNKNOWN_LENGTHS.some(([least, most]) => length > least - Math.max(1, least && slack) && length <= most);

/** Reads the chunk 'fmt '. */
export function parseFormat(chunk: Uint8Array, name: string): WavFormat {
  if (chunk.length < 16) {
    throw new DataError(
      'damaged',
      `${name}: its fmt chunk has ${chunk.length} bytes, expected at least 16: it is damaged`,
      { source: name },
    );
  }
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const blockBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  const isExtensible = view.getUint16(0, true) === EXTENSIBLE;
  const code = codeOf(view, chunk, name);
  if (code !== PCM && code !== FLOAT) {
    throw new DataError(
      'unsupported',
      `${name} is coded as ${codecs[code] ?? 'an unknown way'} (code ${code}), expected PCM or floats: convert it, as with: ` +
        `sox ${name} -e signed-integer -b 16 pcm.wav`,
      { source: name },
    );
  }
  /** Of the bits that an extensible header says of a sample some may not be used: 0 if it does not say. */
  const used = isExtensible ? view.getUint16(18, true) || bits : bits;
  const bytes = blockBytes / channels;
  const encoding = (code === PCM ? integers : floats)[bytes];
  const isRight = code === PCM ? arePcmBits(bits, bytes) && used <= 8 * bytes : bits === 8 * bytes && used === bits;
  if (channels > 0 && encoding && isRight) return { sampleRate, channels, encoding, blockBytes };
  const width = used === bits ? `${bits} bits` : `${used} of ${bits} bits`;
  throw new DataError(
    'unsupported',
    `${name}: its header says ${channels} channels, ${code === PCM ? 'PCM' : 'floats'} of ${width} and ${blockBytes} bytes for all channels, ` +
      `${channels > 0 && bits === 8 * bytes ? 'a width that is not read' : 'which do not go together'}: ` +
      'expected PCM of 1 to 64 bits, or floats of 32 or 64',
    { source: name },
  );
}

/** Up to 8 bits are a byte, without sign; more are the upper ones of whole bytes, as many as there are for a channel. */
const arePcmBits = (bits: number, bytes: number): boolean =>
  bytes === 1 ? bits >= 1 && bits <= 8 : bits > 8 && bits <= 8 * bytes;

function codeOf(view: DataView, chunk: Uint8Array, name: string): number {
  const code = view.getUint16(0, true);
  if (code !== EXTENSIBLE) return code;
  if (chunk.length < EXTENSIBLE_BYTES) {
    throw new DataError(
      'damaged',
      `${name}: its fmt chunk has ${chunk.length} bytes, expected ${EXTENSIBLE_BYTES} as it is extensible: it is damaged`,
      { source: name },
    );
  }
  const identifier = Buffer.from(chunk.subarray(24, 40)).toString('hex');
  return IDENTIFIER_ENDS.some((end) => identifier.endsWith(end)) ? view.getUint16(24, true) : code;
}

/** Which channel, from 0, is meant; `chosen` is from 1. */
export function channelOf(chosen: number | undefined, channels: number, name: string): number {
  if (chosen === undefined && channels === 1) return 0;
  if (chosen !== undefined && chosen >= 1 && chosen <= channels && Number.isInteger(chosen)) return chosen - 1;
  const has = channels === 1 ? '1 channel' : `${channels} channels`;
  if (chosen === undefined)
    throw new DataError('needs-setting', `${name} has ${has}: choose one (channel: 1)`, {
      source: name,
      setting: 'channel',
    });
  throw new DataError('mismatch', `${name} has ${has}, there is no channel ${chosen}: they are counted from 1`, {
    source: name,
    setting: 'channel',
  });
}
