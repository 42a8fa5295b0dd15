// @ts-nocheck: plain objects
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { GaussianMixture, MixtureModel, openData, writeRows } from '../../dist/index.js';

/** How many rows there are, of two columns. */
export const ROWS = 500;

const rows = Float64Array.from({ length: 2 * ROWS }, (_, n) => Math.sin(n) + (n % 4 < 2 ? 5 : 0));
const data = { data: rows, dimensions: 2 };
const settings = { components: 2, iterations: 1, init: 'random', covariance: 'diagonal' };
const quick = { threads: 1, kernel: 'js' };
const estimator = new GaussianMixture(settings);
const sound = new URL('../speech/wav', import.meta.url).pathname;

async function* arriving() {
  for (let at = 0; at < rows.length; at += 500) yield { data: rows.subarray(at, at + 500), dimensions: 2 };
}

/** Writes what is there before. */
export async function prepare(folder, before) {
  await before?.(folder);
}

const withModel = async (folder) => (await estimator.fit(data, quick)).save(join(folder, 'model.h5'));
const writing = (extension) => ({
  run: (folder) => writeRows(join(folder, `rows.${extension}`), [rows], { columns: 2 }),
});
const replacing = (extension) => ({
  before: (folder) => writeRows(join(folder, `rows.${extension}`), [rows.subarray(0, 40)], { columns: 2 }),
  ...writing(extension),
});

/** What is there before (`before`), and what is done. */
export const scenarios = {
  'fit into a new file': { run: withModel },
  'fit into a file with another group': {
    before: withModel,
    run: async (folder) => (await estimator.fit(data, quick)).save(join(folder, 'model.h5'), { group: 'other' }),
  },
  'fit in place of a group': {
    async before(folder) {
      await withModel(folder);
      await (await estimator.fit(data, quick)).save(join(folder, 'model.h5'), { group: 'other' });
    },
    run: async (folder) => (await estimator.fit(data, quick)).save(join(folder, 'model.h5')),
  },
  'fit with saving': {
    async run(folder) {
      const path = join(folder, 'model.h5');
      await (await estimator.fit(data, { ...quick, saving: { path, spacing: 'linear', period: 1 } })).save(path);
    },
  },
  'online with savings': {
    before: withModel,
    async run(folder) {
      const online = estimator.online({ ...quick, window: 250 });
      online.on('error', () => {});
      try {
        for await (const chunk of arriving()) {
          await online.add(chunk);
          if (online.model) await online.save(join(folder, 'model.h5'));
        }
        await online.finish();
        await online.save(join(folder, 'model.h5'));
      } finally {
        online.destroy();
      }
    },
  },
  'a stream, kept in a temporary file': {
    async run(folder) {
      const source = await openData(arriving(), { name: join(folder, 'a stream') });
      try {
        await estimator.fit(source, quick);
      } finally {
        await source.close();
      }
    },
  },
  'blocks, kept in a temporary file': {
    run: () =>
      new GaussianMixture({ ...settings, algorithm: 'incremental', blocks: 3, blockMemory: 0 }).fit(data, quick),
  },
  labels: {
    before: withModel,
    async run(folder) {
      const model = await MixtureModel.load(join(folder, 'model.h5'));
      await writeRows(join(folder, 'labels.npy'), model.labels(data, quick));
    },
  },
  features: {
    before: (folder) => copyFileSync(join(sound, 'pcm16.wav'), join(folder, 'pcm16.wav')),
    async run(folder) {
      const source = await openData(join(folder, 'pcm16.wav'));
      try {
        await writeRows(join(folder, 'features.npy'), source);
      } finally {
        await source.close();
      }
    },
  },
  ...Object.fromEntries(
    ['npy', 'csv', 'jsonl', 'h5', 'ark', 'parquet', 'arrow', 'htk'].map((format) => [
      `rows as ${format}`,
      replacing(format),
    ]),
  ),
};
