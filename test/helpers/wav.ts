/** How a WAV file is to be written; whatever is left out is right. */
export interface WavOptions {
  readonly sampleRate?: number;
  readonly channels?: number;
  /** What the header says of the bytes of sound, and of all after the first 8. */
  readonly dataLength?: number;
  readonly riffLength?: number;
  readonly code?: number;
  readonly bits?: number;
}

/** A WAV file of 16-bit samples, whose header may lie. */
export function wavBytes(samples: readonly number[], options: WavOptions = {}): Uint8Array {
  const { sampleRate = 8000, channels = 1, code = 1, bits = 16 } = options;
  const data = Buffer.from(Int16Array.from(samples).buffer);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(options.riffLength ?? 36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(code, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE((sampleRate * channels * bits) / 8, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36);
  header.writeUInt32LE(options.dataLength ?? data.length, 40);
  return Buffer.concat([header, data]);
}

/** Speech, or nearly: a few tones that come and go. */
export const tones = (count: number): number[] =>
  Array.from({ length: count }, (_, i) =>
    Math.round(3000 * Math.sin(i / 3) * Math.sin(i / 900) + 2000 * Math.sin(i / 11 + Math.sin(i / 500))),
  );
