// Decodes WAV files that come in pieces of any size.
import { DataError } from '../errors.ts';
import { PcmDecoder } from './pcm.ts';
import { channelOf, isUnknownLength, parseFormat, type WavFormat } from './wav-header.ts';

/** No fmt or ds64 chunk is longer. */
const LONGEST_CHUNK = 1 << 12;
const RIFF_KINDS: readonly string[] = ['RIFF', 'RF64', 'BW64'];
/** In place of 32 bits where a chunk ds64 has 64. */
const IN_SIZES = 0xffffffff;
const IDENTIFIER = /^[ -~]{4}$/;

/** Properties of a WAV file, known before its first sample. */
export interface WavInfo extends WavFormat {
  /** Bytes of sound; undefined if it extends to the end of the stream. */
  readonly bytes: number | undefined;
  /** Bytes of the file before its sound. */
  readonly start: number;
}

type State = 'file' | 'chunk' | 'format' | 'sizes' | 'list' | 'skip' | 'doubt' | 'sound' | 'rest';

/**
 * A WAV file (RIFF, RF64, BW64) as bytes in pieces of any size, decoded to samples of one channel. A length of 0, or one that is
 * written into pipes, means to the end of the stream. What follows the sound is passed over, but no second chunk of sound.
 */
export class WavDecoder {
  readonly #name: string;
  readonly #channel: number | undefined;
  #info: WavInfo | undefined;
  #format: WavFormat | undefined;
  #pcm: PcmDecoder | undefined;
  #state: State = 'file';
  /** How many bytes what is read now has in all, and how many of it came. */
  #wanted = 12;
  #came = 0;
  readonly #head = new Uint8Array(LONGEST_CHUNK);
  /** Where we are in the file, and where its header says that it ends. */
  #position = 0;
  #fileEnd = 0;
  #has64Bits = false;
  #bytesOf64: number | undefined;
  #listBytes = 0;
  /** The first bytes of the sound, if they were read already. */
  #looked: Uint8Array = new Uint8Array(0);

  /** @param channel from 1; needed of more than one. */
  constructor(name: string, channel: number | undefined) {
    this.#name = name;
    this.#channel = channel;
  }

  /** Contents of the header; undefined until it is complete. */
  get info(): WavInfo | undefined {
    return this.#info;
  }

  /** The samples that these bytes complete. */
  decode(bytes: Uint8Array): Float64Array {
    let samples: Float64Array = new Float64Array(0);
    for (let at = 0; at < bytes.length && !this.#isDone; ) {
      const piece = bytes.subarray(at, at + this.#wanted - this.#came);
      at += piece.length;
      if (this.#state === 'sound') samples = this.#decodeSound(piece);
      else if (this.#state !== 'skip') this.#head.set(piece, this.#came);
      this.#came += piece.length;
      this.#position += piece.length;
      // A chunk may be empty.
      while (this.#came === this.#wanted && !this.#isDone) this.#finish();
    }
    return samples;
  }

  /** @throws DataError if the file is not whole. */
  end(): void {
    if (this.#state === 'sound') {
      const { bytes } = this.#info!;
      if (bytes === undefined) {
        this.#pcm!.end(true);
        return;
      }
      throw new DataError(
        'truncated',
        `${this.#name}: its header announces ${bytes} bytes of sound, but it ends after ${this.#came}: it was cut short`,
        { source: this.#name },
      );
    }
    if (this.#pcm) return;
    if (this.#position === 0)
      throw new DataError('empty', `${this.#name} is empty: expected a WAV file`, { source: this.#name });
    if (this.#state === 'file') throw this.#noWav();
    throw new DataError(
      'truncated',
      `${this.#name} ends after ${this.#position} bytes without a data chunk, which holds the sound: it was cut short`,
      { source: this.#name },
    );
  }

  get #isDone(): boolean {
    return this.#state === 'rest';
  }

  /** Goes on after something that came whole. */
  #finish(): void {
    const head = this.#head.subarray(0, this.#wanted);
    switch (this.#state) {
      case 'file':
        this.#begin(head);
        break;
      case 'chunk':
        this.#enter(latin1(head.subarray(0, 4)), uint32(head, 4));
        break;
      case 'format':
        this.#format = parseFormat(head, this.#name);
        this.#go('chunk', 8);
        break;
      case 'sizes':
        this.#fileEnd = (uint64(head, 0) ?? -8) + 8;
        this.#bytesOf64 = uint64(head, 8) ?? 0;
        this.#go('chunk', 8);
        break;
      case 'list':
        this.#enterList(latin1(head.subarray(0, 4)));
        break;
      case 'doubt':
        this.#decide(head);
        break;
      case 'sound':
        if (this.#wanted % 2 === 1) this.#go('skip', 1);
        else this.#go('chunk', 8);
        break;
      default:
        this.#go('chunk', 8);
    }
  }

  #begin(head: Uint8Array): void {
    const kind = latin1(head.subarray(0, 4));
    if (!RIFF_KINDS.includes(kind) || latin1(head.subarray(8)) !== 'WAVE') throw this.#noWav();
    this.#has64Bits = kind !== 'RIFF';
    const length = uint32(head, 4);
    this.#fileEnd = isUnknownLength(length) ? 0 : length + 8;
    this.#go('chunk', 8);
  }

  #enter(id: string, length: number): void {
    if (id === 'data' && !this.#format) {
      throw new DataError('damaged', `${this.#name}: its sound comes before a fmt chunk, which must say what it is`, {
        source: this.#name,
      });
    }
    const padded = length + (length % 2);
    if (this.#pcm) {
      this.#passOver(id, padded);
      return;
    }
    // No sound at all, perhaps, if the header knows of more behind it.
    if (id === 'data' && length === 0 && this.#fileEnd > this.#position) this.#go('doubt', 8);
    else if (id === 'data') this.#startSound(this.#soundBytes(length));
    else if (id === 'fmt ' || id === 'ds64') {
      if (length > LONGEST_CHUNK || (id === 'ds64' && length < 24)) {
        throw new DataError('damaged', `${this.#name}: its chunk ${id.trim()} has ${length} bytes: it is damaged`, {
          source: this.#name,
        });
      }
      this.#go(id === 'fmt ' ? 'format' : 'sizes', padded);
    } else if (id === 'LIST' && length >= 4) {
      this.#listBytes = padded - 4;
      this.#go('list', 4);
    } else this.#go('skip', padded);
  }

  /** A chunk behind the sound; what is none, whatever it is, ends the file. */
  #passOver(id: string, length: number): void {
    if (id === 'data') {
      throw new DataError(
        'damaged',
        `${this.#name} has a second data chunk, after ${this.#position - 8} bytes, expected one: write it again, as with sox`,
        { source: this.#name },
      );
    }
    if (IDENTIFIER.test(id)) this.#go('skip', length);
    else this.#go('rest', 0);
  }

  #enterList(kind: string): void {
    if (kind === 'wavl') {
      throw new DataError(
        'unsupported',
        `${this.#name} has its sound in a list of pieces and silences (wavl), expected a data chunk: convert it, as with sox`,
        { source: this.#name },
      );
    }
    this.#go('skip', this.#listBytes);
  }

  /** Whether what stands behind a length of 0 is a further chunk, or sound all the same. */
  #decide(head: Uint8Array): void {
    const isChunk = IDENTIFIER.test(latin1(head.subarray(0, 4))) && this.#position + uint32(head, 4) <= this.#fileEnd;
    if (!isChunk) this.#looked = head.slice();
    this.#startSound(isChunk ? 0 : undefined);
    if (isChunk) this.#passOver(latin1(head.subarray(0, 4)), uint32(head, 4) + (uint32(head, 4) % 2));
  }

  #decodeSound(piece: Uint8Array): Float64Array {
    if (this.#looked.length === 0) return this.#pcm!.decode(piece);
    const all = Buffer.concat([this.#looked, piece]);
    this.#looked = all.subarray(0, 0);
    return this.#pcm!.decode(all);
  }

  #startSound(bytes: number | undefined): void {
    const format = this.#format!;
    if (bytes !== undefined && bytes % format.blockBytes !== 0) {
      throw new DataError(
        'damaged',
        `${this.#name}: its header announces ${bytes} bytes of sound, which is no multiple of the ${format.blockBytes} bytes of a sample: it is damaged`,
        { source: this.#name },
      );
    }
    this.#info = { ...format, bytes, start: this.#position - this.#looked.length };
    const channel = channelOf(this.#channel, format.channels, this.#name);
    this.#pcm = new PcmDecoder(this.#name, format.encoding, format.channels, channel);
    this.#go('sound', bytes ?? Number.POSITIVE_INFINITY);
  }

  /** Undefined for sound up to the end of the stream. */
  #soundBytes(length: number): number | undefined {
    if (!this.#has64Bits || length !== IN_SIZES) {
      return isUnknownLength(length, this.#format!.blockBytes) ? undefined : length;
    }
    if (this.#bytesOf64 !== undefined) return this.#bytesOf64 || undefined;
    throw new DataError(
      'damaged',
      `${this.#name} has no ds64 chunk, which must say how long the sound of an RF64 file is`,
      { source: this.#name },
    );
  }

  #go(state: State, wanted: number): void {
    this.#state = state;
    this.#wanted = wanted;
    this.#came = 0;
  }

  #noWav(): DataError {
    if (latin1(this.#head.subarray(0, 4)) === 'RIFX') {
      return new DataError(
        'unsupported',
        `${this.#name} begins with "RIFX": a big-endian WAV file, expected "RIFF": convert it, as with sox`,
        { source: this.#name },
      );
    }
    const start = JSON.stringify(
      latin1(this.#head.subarray(0, Math.min(4, this.#position))).replaceAll(/[^ -~\n]/g, '?'),
    );
    return new DataError(
      'wrong-format',
      `${this.#name} is no WAV file: it begins with ${start}, expected "RIFF" and "WAVE" (or RF64): convert it, as with sox`,
      { source: this.#name },
    );
  }
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const uint32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);

/** Undefined for all ones, as they are written into pipes. */
function uint64(bytes: Uint8Array, at: number): number | undefined {
  const [low, high] = [uint32(bytes, at), uint32(bytes, at + 4)];
  return low === 0xffffffff && high === 0xffffffff ? undefined : low + high * 2 ** 32;
}
