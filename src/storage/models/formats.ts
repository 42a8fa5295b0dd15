// The table of formats of models from elsewhere: how each is told, and read.
import { DataError } from '../../errors.ts';
import type { ModelState } from '../model-contents.ts';
import { stateOf } from '../model-contents.ts';
import { fromBytes, isBytes } from './bytes.ts';
import { isHtk, readHtk } from './htk.ts';
import { fromJson } from './json.ts';
import { acousticModel, isAcousticModel, isKaldi, readKaldi } from './kaldi.ts';
import { latin1 } from './kaldi-reader.ts';
import { isZip, readNpz } from './npz-reader.ts';
import { type ArraysCompletion, ATTRIBUTES, fromScikitLearn, isScikitLearn } from './scikit-learn.ts';

/** A format of models that is read from bytes. */
interface ModelFormat {
  readonly title: string;
  /** Whether bytes begin so. */
  readonly begins: (bytes: Uint8Array) => boolean;
  readonly read: (bytes: Uint8Array, name: string, completion: ArraysCompletion) => ModelState | Promise<ModelState>;
}

/** Arrays by the names of our own files, which are the Python package's. */
const OWN_ARRAYS: ReadonlySet<string> = new Set([
  ...['means', 'log_weights', 'cov', 'counts', 'alpha', 'beta', 'nu'],
  ...['initial parameters', 'means prior', 'inv prec prior'],
]);

/** All formats but HDF5, which needs a file. */
export const byteFormats = {
  kaldi: {
    title: 'Kaldi <DiagGMM> or <FullGMM>, binary or text',
    begins: isKaldi,
    read: readKaldi,
  },
  npz: {
    title: 'NumPy arrays by the names of scikit-learn or of the Python package',
    begins: isZip,
    read: readArrays,
  },
  json: {
    title: 'JSON, as toJSON gives it',
    begins: (bytes) => /^(\xef\xbb\xbf)?\s*\{/.test(latin1(bytes.subarray(0, 256))),
    read: (bytes, name) => fromJson(textOf(bytes, name), name),
  },
  bytes: {
    title: 'bytes, as toBytes gives them',
    begins: isBytes,
    read: fromBytes,
  },
  htk: {
    title: 'HTK macro file of one state',
    begins: isHtk,
    read: readHtk,
  },
} as const satisfies Readonly<Record<string, ModelFormat>>;

/** Name of a format that models can be imported from. */
export type ModelFormatName = keyof typeof byteFormats | 'hdf5';

/** All formats by name, and what they are. */
export const modelFormats: Readonly<Record<ModelFormatName, string>> = {
  hdf5: 'HDF5, by the names of MegaMix, the Python package or scikit-learn',
  kaldi: byteFormats.kaldi.title,
  npz: byteFormats.npz.title,
  json: byteFormats.json.title,
  bytes: byteFormats.bytes.title,
  htk: byteFormats.htk.title,
};

const HDF5_START = [0x89, 0x48, 0x44, 0x46];

/** Bytes that `formatOf` needs. */
export const LOOKED_AT = 256;

/**
 * The format of what begins so.
 *
 * @throws DataError where it is none of them.
 */
export function formatOf(bytes: Uint8Array, name: string): ModelFormatName {
  if (HDF5_START.every((byte, i) => bytes[i] === byte)) return 'hdf5';
  if (isAcousticModel(bytes)) throw acousticModel(name);
  const formats: Readonly<Record<string, ModelFormat>> = byteFormats;
  const found = Object.keys(formats).find((format) => formats[format]!.begins(bytes));
  if (found !== undefined) return found as ModelFormatName;
  const beginning =
    bytes.length === 0 ? 'nothing' : `what begins with ${JSON.stringify(latin1(bytes.subarray(0, 16)))}`;
  throw new DataError(
    'wrong-format',
    `${name}: received ${beginning}, expected a model: ${Object.keys(modelFormats).join(', ')}; say format if it is one of them`,
    { source: name },
  );
}

async function readArrays(bytes: Uint8Array, name: string, completion: ArraysCompletion): Promise<ModelState> {
  const named = await readNpz(bytes, name, (array) => ATTRIBUTES.has(array) || OWN_ARRAYS.has(array));
  if (isScikitLearn(named.arrays)) return fromScikitLearn(named, name, completion);
  const { model, rows, discount, covariance } = completion;
  const attributes = covariance === undefined ? {} : { covariance_type: covariance };
  return stateOf({ datasets: named.arrays, attributes }, name, { model, rows, discount });
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError('damaged', `${name} cannot be read as JSON: it is no text of UTF-8`, { source: name, cause });
  }
}
