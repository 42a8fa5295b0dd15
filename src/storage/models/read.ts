// Reads a model from elsewhere: a file, or bytes.
import { readFile } from 'node:fs/promises';
import { DataError, fileError } from '../../errors.ts';
import { type CovarianceName, covarianceTypes } from '../../mixture/covariance/index.ts';
import { type ModelName, models } from '../../mixture/model-table.ts';
import { abortSignal, anything, type OptionTable, oneOf, text } from '../../util/options.ts';
import type { ModelState } from '../model-contents.ts';
import { checkRegular, modelOf, readStored } from '../model-file.ts';
import { byteFormats, formatOf, LOOKED_AT, type ModelFormatName, modelFormats } from './formats.ts';
import { fromScikitLearn, isScikitLearn } from './scikit-learn.ts';

/** Options of `importModel`: what the file does not say. */
export interface ImportOptions {
  /** Format; default: the one that the first bytes are of. */
  readonly format?: ModelFormatName | undefined;
  /** Group of an HDF5 file; default 'model_fitted', or else the file itself. */
  readonly group?: string | undefined;
  /** Kind of model; default: what the file says, or the kind that has such arrays. */
  readonly model?: ModelName | undefined;
  /** Covariance type; default: what the file says, or the one with such a shape. */
  readonly covariance?: CovarianceName | undefined;
  /** Number of rows that a Bayesian model was fitted to. */
  readonly rows?: number | undefined;
  /** Discount of a Pitman–Yor process, in [0, 1). */
  readonly discount?: number | undefined;
  /** Ends the reading, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export const importOptions = {
  format: oneOf(modelFormats),
  group: text,
  model: oneOf(models),
  covariance: oneOf(covarianceTypes),
  rows: anything,
  discount: anything,
  signal: abortSignal,
} satisfies OptionTable<ImportOptions>;

/** A model as messages call it that has no name. */
const UNNAMED = 'the model';

/**
 * Reads a model in any of the formats.
 *
 * @throws DataError where it is damaged or no model; FileError where the file cannot be read.
 */
export async function readModel(from: string | Uint8Array, options: ImportOptions): Promise<ModelState> {
  const { format: asked, signal } = options;
  signal?.throwIfAborted();
  if (typeof from !== 'string') return readBytes(from, UNNAMED, options);
  try {
    await checkRegular(from);
    if (asked === 'hdf5') return await readHdf5(from, options);
    const bytes = await readFile(from, { signal });
    if ((asked ?? formatOf(bytes.subarray(0, LOOKED_AT), from)) === 'hdf5') return await readHdf5(from, options);
    return await readBytes(bytes, from, options);
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ERR_FS_FILE_TOO_LARGE')
      throw new DataError('too-large', `${from} is too large for a model: more than 2 GiB`, {
        source: from,
        cause: error,
      });
    throw fileError(error, from, 'read');
  }
}

async function readBytes(bytes: Uint8Array, name: string, options: ImportOptions): Promise<ModelState> {
  const format = options.format ?? formatOf(bytes.subarray(0, LOOKED_AT), name);
  if (format === 'hdf5')
    throw new DataError('needs-file', `${name}: HDF5 cannot be read from bytes: give the path of a file`, {
      source: name,
    });
  const state = await byteFormats[format].read(bytes, name, options);
  const { model } = options;
  if (model === undefined || model === state.mixture.model) return state;
  throw new DataError('mismatch', `${name} holds a ${state.mixture.model}, not the ${model} that was asked for`, {
    source: name,
    setting: 'model',
  });
}

async function readHdf5(path: string, options: ImportOptions): Promise<ModelState> {
  const { group, signal, covariance, ...rest } = options;
  const stored = await readStored(path, group, signal).catch((error) => {
    const isMissing = error instanceof DataError && error.code === 'unknown-dataset';
    if (group !== undefined || !isMissing) throw error;
    return readStored(path, '/', signal).then((root) => {
      if (isScikitLearn(root.datasets) || root.datasets.has('means')) return root;
      throw error;
    });
  });
  const { datasets, attributes } = stored;
  if (isScikitLearn(datasets)) {
    const type = attributes.covariance_type;
    const texts = new Map(typeof type === 'string' ? [['covariance_type', type]] : []);
    return fromScikitLearn({ arrays: datasets, texts }, path, options);
  }
  const known = covariance === undefined ? attributes : { covariance_type: covariance, ...attributes };
  return modelOf({ datasets, attributes: known }, path, { ...rest, group });
}
