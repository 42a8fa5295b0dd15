// Headers of HTK files, checked, in either byte order.
import { DataError } from '../../errors.ts';

export const HEADER_BYTES = 12;

/** The kinds that hold no features, that of whole numbers between −1 and 1, and the last. */
const KIND = 0o77;
const [WAVEFORM, IREFC, DISCRETE, LAST] = [0, 5, 10, 11];
const COMPRESSED = 0o2000;
const CHECKSUM = 0o10000;
const VECTOR_INDICES = 0o40000;
/** In a compressed file the scales and offsets count as this many samples. */
const SCALE_SAMPLES = 4;

/** Contents of the header of an HTK file. */
export interface Header {
  readonly samples: number;
  readonly sampleBytes: number;
  readonly rows: number;
  readonly dimensions: number;
  /** Whether numbers are whole ones of two bytes, and whether scales and offsets of their columns come first. */
  readonly isShort: boolean;
  readonly isScaled: boolean;
  readonly hasChecksum: boolean;
  /** Whether it would make sense, and more of it, in the byte order that is not HTK's. */
  readonly mayBeSwapped: boolean;
}

/** @throws DataError for kinds without features, and sizes that no file can have. */
export function parseHeader(bytes: Uint8Array<ArrayBuffer>, name: string): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [samples, sampleBytes, kind] = [view.getInt32(0), view.getInt16(8), view.getUint16(10)];
  const mayBeSwapped = isSwapped(view);
  const base = kind & KIND;
  const refused = (what: string, code: 'damaged' | 'unsupported' = 'unsupported'): DataError =>
    mayBeSwapped ? swapped(name) : new DataError(code, what, { source: name });
  if (!hasFeatures(base)) {
    const what = base === WAVEFORM ? 'a waveform' : base === DISCRETE ? 'discrete symbols' : 'of an unknown kind';
    throw refused(`${name}: an HTK file that is ${what} (kind ${base}); expected features, such as MFCC: extract them`);
  }
  if ((kind & VECTOR_INDICES) !== 0) {
    throw refused(
      `${name}: an HTK file with indices of a codebook beside its features (_V), expected features alone: write it again without`,
    );
  }
  const isCompressed = (kind & COMPRESSED) !== 0;
  const isShort = isCompressed || base === IREFC;
  const isScaled = isCompressed && base !== IREFC;
  const dimensions = sampleBytes / (isShort ? 2 : 4);
  const rows = isScaled ? samples - SCALE_SAMPLES : samples;
  if (rows < 0 || !Number.isInteger(dimensions) || dimensions < 1) {
    throw refused(
      `${name} is no HTK file of features, or damaged: its header claims ${samples} samples of ${sampleBytes} bytes`,
      'damaged',
    );
  }
  const hasChecksum = (kind & CHECKSUM) !== 0;
  return { samples, sampleBytes, rows, dimensions, isShort, isScaled, hasChecksum, mayBeSwapped };
}

const hasFeatures = (base: number): boolean => base !== WAVEFORM && base !== DISCRETE && base <= LAST;

/** Whether the bytes of a header are in the other order: then it says of fewer samples, of a known kind. */
function isSwapped(view: DataView): boolean {
  const [samples, sampleBytes, kind] = [view.getUint32(0, true), view.getUint16(8, true), view.getUint16(10, true)];
  return (
    samples > 0 && samples < view.getUint32(0) && sampleBytes >= 2 && sampleBytes % 2 === 0 && hasFeatures(kind & KIND)
  );
}

/** Error for a file that HTK wrote in the byte order of its machine. */
export const swapped = (name: string): DataError =>
  new DataError(
    'unsupported',
    `${name}: an HTK file in little-endian byte order (NATURALWRITEORDER), expected big-endian: write it again without`,
    { source: name },
  );
