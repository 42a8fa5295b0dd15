// What someone writes who uses the package; compiled by scripts/package.mjs as strictly as anyone may.
import {
  type Chunk,
  DataError,
  DPVariationalGaussianMixture,
  GaussianMixture,
  type GaussianMixtureSettings,
  KMeans,
  MixtureModel,
  openData,
  type Prediction,
  partition,
  randomHoldOut,
  type Score,
} from 'megamix';
import { KMeans as CoreKMeans } from 'megamix/core';
import { openData as openSource } from 'megamix/sources';
import { FeatureTransform } from 'megamix/speech';

export async function run(path: string, signal: AbortSignal): Promise<Score> {
  const source = await openData(path, { signal });
  const [training, heldOut] = partition(source, randomHoldOut(0.1));
  const settings: GaussianMixtureSettings = { components: 4, covariance: 'diagonal', seed: 1 };
  const model: MixtureModel = await new GaussianMixture(settings).fit(training, { heldOut, signal });
  await model.save('model.h5', { group: 'a/b' });
  const again = await MixtureModel.load('model.h5', { group: 'a/b' });
  const prediction: Prediction = await again.predict([[1, 2]]);
  const first: number | undefined = prediction.labels[0];
  if (prediction.responsibilities) console.log(first, prediction.responsibilities.get(0, 0));
  for await (const labels of model.labels(source)) console.log(labels.length);
  const { criterion } = await new DPVariationalGaussianMixture({ components: 3 }).fit(source);
  console.log(criterion);
  const online = new KMeans({ components: 2 }).online({ window: 100 });
  online.on('error', (error) => console.error(error instanceof DataError));
  return again.score(source);
}

export async function parts(chunks: AsyncIterable<Chunk>): Promise<number> {
  const model = await new CoreKMeans({ components: 2 }).fit({ data: new Float64Array(8), dimensions: 2 });
  const transform = new FeatureTransform({ sampleRate: 8000 });
  transform.end();
  return model.components + (await openSource(chunks)).dimensions;
}
