// Models from elsewhere.
import { SettingError } from '../errors.ts';
import { type ImportOptions, importOptions, readModel } from '../storage/models/read.ts';
import { checkOptionsBy } from '../util/options.ts';
import { shown } from '../util/shown.ts';
import { MixtureModel } from './model.ts';

/**
 * Reads a model that another program wrote: Kaldi's DiagGmm and FullGmm, arrays by the names of scikit-learn or of the Python package
 * (npz, HDF5), JSON, bytes, HTK.
 *
 * @param from - path of a file, or its bytes (not of HDF5).
 * @returns The model; of Kaldi's numbers in single precision, in double.
 * @throws DataError where it is damaged, or no model, saying where; FileError where it cannot be read.
 *
 * @example
 * ```js no-run: needs a model of Kaldi
 * import { importModel } from 'megamix';
 *
 * const ubm = await importModel('exp/diag_ubm/final.dubm');
 * await ubm.save('ubm.h5');
 * ```
 */
export async function importModel(from: string | Uint8Array, options: ImportOptions = {}): Promise<MixtureModel> {
  checkOptionsBy(importOptions, options);
  if (typeof from !== 'string' && !(from instanceof Uint8Array)) {
    throw new SettingError(
      'bad-setting',
      `from: received ${shown(from)}, expected the path of a file, or a Uint8Array`,
      {
        setting: 'from',
      },
    );
  }
  return new MixtureModel(await readModel(from, options));
}
