import { join } from 'node:path';

/** @typedef {{ readonly name: string, readonly model: string, readonly data: readonly string[], readonly flags: readonly string[], readonly pipes?: string }} Scenario */

const models = ['kmeans', 'gmm', 'vbgmm', 'dpgmm', 'pypgmm'];
const algorithms = ['batch', 'incremental', 'stepwise'];

/** What is the same for every model: the data, and how they are fitted. */
const variants = [
  ...algorithms.map((algorithm) => ({ name: algorithm, data: ['rows.npy'], flags: ['--algorithm', algorithm] })),
  { name: 'blocks on disk', data: ['rows.npy'], flags: ['--algorithm', 'incremental', '--block-memory', '0'] },
  { name: 'row weights', data: ['rows.npy'], flags: ['--weights', 'weights.npy'] },
  { name: 'missing values', data: ['holes.csv'], flags: ['--on-invalid', 'missing'] },
  { name: 'held-out file', data: ['rows.npy'], flags: ['--held-out', 'more.npy'] },
  { name: 'held-out fraction', data: ['rows.npy'], flags: ['--held-out-fraction', '0.2', '--algorithm', 'stepwise'] },
  { name: 'sound', data: ['sound.wav'], flags: [] },
  { name: 'piped input', data: ['-'], flags: ['--format', 'csv'], pipes: 'rows.csv' },
  { name: 'several files', data: ['rows.npy', 'more.npy', 'rows.csv'], flags: [] },
  { name: 'csv.gz', data: ['rows.csv.gz'], flags: [] },
  { name: 'parquet', data: ['rows.parquet'], flags: [] },
  { name: 'h5', data: ['rows.h5:/data'], flags: [] },
  { name: 'ark and scp', data: ['rows.scp'], flags: [] },
  { name: 'restarts', data: ['rows.npy'], flags: ['--restarts', '3', '--init', 'k-means++'] },
  { name: 'saving', data: ['rows.npy'], flags: ['--saving', 'linear', '--saving-period', '1'] },
];

/** Those of one model. */
const ofModels = {
  gmm: ['full', 'diagonal', 'spherical', 'tied'].map((covariance) => ({
    name: covariance,
    data: ['rows.npy'],
    flags: ['--covariance', covariance],
  })),
  kmeans: [{ name: 'moved clusters', data: ['rows.npy'], flags: ['--init-means', 'far.npy'] }],
};

/** @type {readonly Scenario[]} */
export const scenarios = models.flatMap((model) =>
  [...variants, ...(ofModels[/** @type {'gmm' | 'kmeans'} */ (model)] ?? [])].map((variant) => ({
    ...variant,
    model,
    name: `${model}, ${variant.name}`,
  })),
);

/**
 * The command of a scenario in a folder, without the number of threads.
 *
 * @param {Scenario} scenario
 * @param {string} folder where the data are
 * @param {string} output folder of the model and the checkpoint
 * @param {string} period
 */
export function commandOf({ model, data, flags }, folder, output, period) {
  const named = (/** @type {string} */ text) => (/\.[a-z]\w*(:\/data)?$/.test(text) ? join(folder, text) : text);
  return [
    ...['fit', ...data.map(named), '--model', model, ...flags.map(named), '--json', '--quiet', '--iterations', '6'],
    ...(flags.includes('--init-means') ? [] : ['--components', '8']),
    ...['-o', join(output, 'model.h5'), '--checkpoint', join(output, 'checkpoint')],
    ...['--checkpoint-every', period, '--resume'],
  ];
}
