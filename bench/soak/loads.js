import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { GaussianMixture, KMeans, MegaMixError, MixtureModel, openData, writeRows } from 'megamix';

const ROWS = 20_000;
const DIMENSIONS = 8;
const LONGEST_WAIT = 150;
const rows = Float64Array.from(
  { length: ROWS * DIMENSIONS },
  (_, at) => Math.sin(at * 12.9898) * 3 + (Math.floor(at / DIMENSIONS) % 5) * 4,
);
const settings = /** @type {const} */ ({ components: 8, init: 'random', iterations: 50 });

/** @param {string} directory */
export async function prepare(directory) {
  for (const name of ['rows.npy', 'rows.csv', 'rows.parquet', 'damaged.parquet']) {
    await writeRows(join(directory, name), [rows], { columns: DIMENSIONS });
  }
  truncateSync(join(directory, 'damaged.parquet'), 100_000);
  await (await new GaussianMixture({ ...settings, iterations: 2 }).fit(join(directory, 'rows.npy'))).save(
    join(directory, 'model.h5'),
  );
}

/** Rows as they arrive; an error after so many pieces. @param {number} pieces @param {Error} [error] */
async function* arriving(pieces, error) {
  const length = 500 * DIMENSIONS;
  for (let piece = 0; piece < pieces; piece++) {
    const at = (piece * length) % rows.length;
    await setTimeout(1);
    yield { data: rows.slice(at, at + length), dimensions: DIMENSIONS };
  }
  if (error) throw error;
}

/** Work that is to leave nothing behind; each is done again and again. @type {Record<string, (directory: string) => Promise<void>>} */
export const loads = {
  async 'online fits'(directory) {
    const online = new GaussianMixture({ components: 8, covariance: 'diagonal' }).online({ window: 250, threads: 1 });
    for await (const piece of arriving(60)) await online.add(piece);
    await online.finish();
    await online.save(join(directory, 'online.h5'));
    online.destroy();
  },
  async scores(directory) {
    const model = await MixtureModel.load(join(directory, 'model.h5'));
    for (const name of ['rows.npy', 'rows.csv', 'rows.parquet'])
      await model.score(join(directory, name), { threads: 2 });
    for await (const _ of model.labels(join(directory, 'rows.npy'))) break;
    await pipeline(
      arriving(2),
      async function* (pieces) {
        for await (const { data } of pieces) yield Array.from(data.subarray(0, DIMENSIONS));
      },
      model.scorer({}),
      async (scores) => {
        for await (const _ of scores);
      },
    );
  },
  async 'cancelled fits'(directory) {
    const signal = AbortSignal.timeout(Math.round(Math.random() * LONGEST_WAIT));
    const data = join(directory, Math.random() < 0.5 ? 'rows.npy' : 'rows.parquet');
    await new GaussianMixture(settings).fit(data, { signal, threads: 2 }).catch(expected);
    await new KMeans({ components: 4 }).fit(arriving(1000), { signal, threads: 1 }).catch(expected);
  },
  async 'failing sources'(directory) {
    const failing = [arriving(20, new Error('gone')), join(directory, 'none.npy'), join(directory, 'damaged.parquet')];
    for (const data of failing)
      await new KMeans({ components: 4 }).fit(/** @type {string} */ (data), { threads: 1 }).then(unexpected, expected);
    await openData(join(directory, 'model.h5')).then(unexpected, expected);
  },
};

/** @param {unknown} error */
function expected(error) {
  const { name, message } = /** @type {Error} */ (error);
  if (!(error instanceof MegaMixError) && !['AbortError', 'TimeoutError'].includes(name) && message !== 'gone')
    throw error;
}

function unexpected() {
  throw new Error('what should have failed did not');
}
