// Bytes become samples, by encoding.
import { DataError } from '../errors.ts';

/** How samples are stored, little-endian; read as 16-bit numbers are, so that all are of one scale. */
export interface Encoding {
  readonly bytes: number;
  readonly isFloat?: boolean;
  read(view: DataView, at: number): number;
}

export const encodings = {
  pcm8: { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) * 256 },
  pcm16: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  pcm24: { bytes: 3, read: (view, at) => view.getInt16(at + 1, true) + view.getUint8(at) / 256 },
  pcm32: { bytes: 4, read: (view, at) => view.getInt32(at, true) / 65536 },
  float32: { bytes: 4, isFloat: true, read: (view, at) => view.getFloat32(at, true) * 32768 },
  float64: { bytes: 8, isFloat: true, read: (view, at) => view.getFloat64(at, true) * 32768 },
} satisfies Record<string, Encoding>;

/** Encoding of PCM samples, little-endian; pcm8 is unsigned. */
export type EncodingName = keyof typeof encodings;

/** Numbers of a WAV file by their bytes: whole ones from 1 on, whose upper bits are the sample, and floats. */
export const integers: Readonly<Record<number, Encoding>> = {
  1: encodings.pcm8,
  2: encodings.pcm16,
  3: encodings.pcm24,
  4: encodings.pcm32,
  5: { bytes: 5, read: (view, at) => view.getInt32(at + 1, true) / 2 ** 16 + view.getUint8(at) / 2 ** 24 },
  6: { bytes: 6, read: (view, at) => view.getInt32(at + 2, true) / 2 ** 16 + view.getUint16(at, true) / 2 ** 32 },
  7: {
    bytes: 7,
    read: (view, at) => view.getInt32(at + 3, true) / 2 ** 16 + (view.getUint32(at, true) % 2 ** 24) / 2 ** 40,
  },
  8: { bytes: 8, read: (view, at) => view.getInt32(at + 4, true) / 2 ** 16 + view.getUint32(at, true) / 2 ** 48 },
};
export const floats: Readonly<Record<number, Encoding>> = { 4: encodings.float32, 8: encodings.float64 };

/** Floats are from −1 to 1; beyond this they are no sound, and squares of them could overflow. */
const LARGEST = 1e12;

/** Bytes of sound in pieces of any size, as samples of one channel. */
export class PcmDecoder {
  readonly #name: string;
  readonly #encoding: Encoding;
  /** Bytes of a sample of all channels, and where ours is among them. */
  readonly #step: number;
  readonly #offset: number;
  /** The beginning of a sample whose end has not come. */
  readonly #rest: Uint8Array;
  #restLength = 0;
  #samples = 0;

  /** @param channel from 0. */
  constructor(name: string, encoding: Encoding, channels: number, channel: number) {
    this.#name = name;
    this.#encoding = encoding;
    this.#step = this.#encoding.bytes * channels;
    this.#offset = this.#encoding.bytes * channel;
    this.#rest = new Uint8Array(this.#step);
  }

  decode(bytes: Uint8Array): Float64Array {
    const [step, rest] = [this.#step, this.#rest];
    const out = new Float64Array(Math.floor((this.#restLength + bytes.length) / step));
    let at = 0;
    let filled = 0;
    if (this.#restLength > 0) {
      at = Math.min(step - this.#restLength, bytes.length);
      rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < step) return out;
      this.#read(rest, 0, out, filled++, 1);
      this.#restLength = 0;
    }
    const count = out.length - filled;
    this.#read(bytes, at, out, filled, count);
    const left = bytes.subarray(at + count * step);
    rest.set(left);
    this.#restLength = left.length;
    return out;
  }

  /**
   * @param mayBePadded whether a byte of 0 may make the number of bytes even, as SoX writes one into pipes too.
   * @throws DataError for the beginning of a sample that has no end.
   */
  end(mayBePadded = false): void {
    if (this.#restLength === 0) return;
    const bytes = this.#samples * this.#step + this.#restLength;
    if (mayBePadded && this.#restLength === 1 && this.#rest[0] === 0 && bytes % 2 === 0) return;
    throw new DataError(
      'truncated',
      `${this.#name} ends within a sample, after ${bytes} bytes of sound of ${this.#step} bytes a sample: it was cut short, or is of another encoding`,
      { source: this.#name },
    );
  }

  #read(bytes: Uint8Array, from: number, out: Float64Array, filled: number, count: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { isFloat } = this.#encoding;
    for (let i = 0, at = from + this.#offset; i < count; i++, at += this.#step) {
      const sample = this.#encoding.read(view, at);
      if (isFloat && !(Math.abs(sample) < LARGEST)) throw this.#noSound(sample / 32768, i);
      out[filled + i] = sample;
    }
    this.#samples += count;
  }

  #noSound(value: number, index: number): DataError {
    return new DataError(
      'bad-cell',
      `${this.#name}, sample ${this.#samples + index + 1}: received ${value}, expected a number from -1 to 1 or not far from it`,
      { source: this.#name, row: this.#samples + index + 1 },
    );
  }
}
