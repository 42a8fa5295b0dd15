// A universal background model of all speakers, and a model of each, adapted from it. A folder of WAV files is a speaker.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GaussianMixture } from 'megamix';

const shipped = fileURLToPath(new URL('../../data/wav/', import.meta.url));

/** Every third recording of a speaker is kept for testing. */
const isTest = (/** @type {unknown} */ _, /** @type {number} */ n) => n % 3 === 2;

/**
 * The recordings of each speaker: those to learn from, and those to test with.
 *
 * @param {string} directory
 */
export function recordings(directory = shipped) {
  const speakers = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return speakers.map(({ name }) => {
    const files = readdirSync(join(directory, name)).filter((file) => file.endsWith('.wav'));
    const paths = files.sort().map((file) => join(directory, name, file));
    return { name, training: paths.filter((path, n) => !isTest(path, n)), test: paths.filter(isTest) };
  });
}

/**
 * The background model, and by the name of each speaker the model adapted to it: means only, as is usual.
 *
 * @param {ReturnType<typeof recordings>} speakers
 * @param {import('megamix').FrontEndSettings} frontEnd
 */
export async function speakerModels(speakers, frontEnd) {
  const everybody = speakers.flatMap(({ training }) => training);
  const ubm = await new GaussianMixture({ components: 64, covariance: 'diagonal', maxIterations: 15 }).fit(everybody, {
    frontEnd,
  });
  /** @type {Record<string, import('megamix').MixtureModel>} */
  const models = {};
  for (const { name, training } of speakers) models[name] = await ubm.adapt(training, { relevance: 16 });
  return { ubm, models };
}
