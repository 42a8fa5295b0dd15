// Models to elsewhere.
import { writeFile } from 'node:fs/promises';
import { SettingError } from '../errors.ts';
import { writeAtomically } from '../files/atomic.ts';
import { toBytes } from '../storage/models/bytes.ts';
import { toJson } from '../storage/models/json.ts';
import { writeKaldi } from '../storage/models/kaldi-writer.ts';
import { writeNpz } from '../storage/models/npz-writer.ts';
import { toScikitLearn } from '../storage/models/scikit-learn.ts';
import { callback, checkOptionsBy, checkPath, type OptionTable, oneOf, trueOrFalse } from '../util/options.ts';
import { Warnings } from '../util/warnings.ts';
import { asGaussianMixture } from './adapt.ts';
import type { MixtureModel } from './model.ts';

/** A format that models can be exported to. */
interface ExportFormat {
  /** How names of such files end. */
  readonly endings: readonly string[];
  /** Whether the posterior of a Bayesian model is lost. */
  readonly losesPosterior?: true;
  readonly write: (model: MixtureModel, isText: boolean) => Uint8Array;
}

/** What models can be exported to. */
export const exportFormats = {
  kaldi: { endings: ['.dubm', '.ubm', '.gmm'], losesPosterior: true, write: toKaldi },
  npz: { endings: ['.npz'], write: ({ state }) => writeNpz(toScikitLearn(state)) },
  json: { endings: ['.json'], write: ({ state }) => new TextEncoder().encode(`${JSON.stringify(toJson(state))}\n`) },
  bytes: { endings: ['.megamix'], write: ({ state }) => toBytes(state) },
} satisfies Readonly<Record<string, ExportFormat>>;

/** Name of a format that models can be exported to. */
export type ExportFormatName = keyof typeof exportFormats;

/** Options of `exportModel`. */
export interface ExportOptions {
  /** Format; default: by the end of the name (`.dubm`, `.ubm` or `.gmm`, `.npz`, `.json`, `.megamix`). */
  readonly format?: ExportFormatName | undefined;
  /** Whether Kaldi's format is written as text; default false, binary. */
  readonly text?: boolean | undefined;
  /** Called with each warning; by default warnings are process warnings. */
  readonly onWarning?: ((message: string) => unknown) | undefined;
}

const exportOptions = {
  format: oneOf(exportFormats),
  text: trueOrFalse,
  onWarning: callback,
} satisfies OptionTable<ExportOptions>;

/**
 * Writes a model for another program, whole or not at all.
 *
 * Kaldi has no posteriors: of a Bayesian model the Gaussian mixture of its expected weights, means and covariances is written, with a
 * warning.
 *
 * @throws SettingError for a format that has no place for the model; FileError if the file cannot be written.
 *
 * @example
 * ```js
 * import { exportModel, MixtureModel } from 'megamix';
 *
 * const model = await MixtureModel.load('gmm.h5');
 * await exportModel(model, 'final.ubm', { text: true });
 * ```
 */
export async function exportModel(model: MixtureModel, path: string, options: ExportOptions = {}): Promise<void> {
  checkOptionsBy(exportOptions, options);
  checkPath(path);
  const name = options.format ?? formatByEnding(path);
  const format: ExportFormat = exportFormats[name];
  if (options.text !== undefined && name !== 'kaldi')
    throw new SettingError('setting-conflict', `text: only Kaldi's format can be text or binary, not ${name}`, {
      setting: 'text',
    });
  const bytes = format.write(model, options.text ?? false);
  await writeAtomically(path, (temporary) => writeFile(temporary, bytes));
  if (!format.losesPosterior || !model.state.mixture.componentPrior) return;
  const warnings = new Warnings(options.onWarning);
  warnings.tell(
    `${path}: Kaldi has no ${model.kind}: the Gaussian mixture of its expected weights, means and covariances was written`,
  );
  await warnings.settled();
}

function toKaldi(model: MixtureModel, isText: boolean): Uint8Array {
  if (model.hasDensity) return writeKaldi(asGaussianMixture(model.state), isText);
  throw new SettingError(
    'not-offered',
    `a ${model.kind} has no densities, which Kaldi's format holds: export it to npz or json`,
    {
      setting: 'format',
    },
  );
}

function formatByEnding(path: string): ExportFormatName {
  const found = (Object.keys(exportFormats) as ExportFormatName[]).find((name) =>
    exportFormats[name].endings.some((ending) => path.toLowerCase().endsWith(ending)),
  );
  if (found) return found;
  const endings = Object.values(exportFormats).flatMap((format) => format.endings);
  throw new SettingError(
    'bad-setting',
    `output: received ${path}, expected a name that ends with ${endings.join(', ')}; or say format: ${Object.keys(exportFormats).join(', ')}`,
    { setting: 'format' },
  );
}
