// A second voice: recordings played faster, which shortens the words and raises the pitch and the formants, as a shorter vocal tract does.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HEADER_BYTES = 44;
const RATE_AT = 24;

/**
 * Writes each recording of a folder of WAV files (one channel, 16 bits) again, played `factor` times as fast, under `name-faster.wav`.
 *
 * @param {string} from
 * @param {string} to
 * @param {number} factor
 * @returns {{ name: string, seconds: number }[]} the recordings, with their lengths as they were
 */
export function writeFaster(from, to, factor) {
  const names = readdirSync(from).filter((file) => file.endsWith('.wav'));
  return names.sort().map((file) => {
    const bytes = readFileSync(join(from, file));
    const rate = bytes.readUInt32LE(RATE_AT);
    const samples = new Int16Array(
      bytes.buffer.slice(bytes.byteOffset + HEADER_BYTES, bytes.byteOffset + bytes.length),
    );
    const faster = resampled(samples, factor);
    const header = Buffer.from(bytes.subarray(0, HEADER_BYTES));
    header.writeUInt32LE(HEADER_BYTES - 8 + faster.byteLength, 4);
    header.writeUInt32LE(faster.byteLength, HEADER_BYTES - 4);
    const name = file.slice(0, -'.wav'.length);
    writeFileSync(join(to, file), bytes);
    writeFileSync(join(to, `${name}-faster.wav`), Buffer.concat([header, Buffer.from(faster.buffer)]));
    return { name, seconds: samples.length / rate };
  });
}

/** Samples at every `factor`-th place, between the two nearest. @param {Int16Array} samples @param {number} factor */
function resampled(samples, factor) {
  return Int16Array.from({ length: Math.floor((samples.length - 1) / factor) }, (_, n) => {
    const at = n * factor;
    const [before, part] = [Math.floor(at), at % 1];
    return Math.round((1 - part) * (samples[before] ?? 0) + part * (samples[before + 1] ?? 0));
  });
}
