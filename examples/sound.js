// Models of English and Spanish fitted to WAV files; a recording that neither has heard is then scored as if it came live.
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FeatureTransform, GaussianMixture } from 'megamix';

const sounds = fileURLToPath(new URL('../data/wav/', import.meta.url));
const unheard = 'vm-instructions.wav';
/** @type {import('megamix').FrontEndSettings} */
const frontEnd = { normalisation: 'mean', normalisationOver: 'running' };

const models = new Map();
for (const language of ['en', 'es']) {
  const files = readdirSync(join(sounds, language)).filter((name) => name !== unheard);
  const estimator = new GaussianMixture({ components: 16, covariance: 'diagonal', maxIterations: 10 });
  const paths = files.map((name) => join(sounds, language, name));
  models.set(language, await estimator.fit(paths, { frontEnd }));
}

for (const spoken of ['en', 'es']) {
  const told = [];
  for (const [language, model] of models) {
    // The model knows how its rows were made of sound: live ones are made alike.
    const frames = createReadStream(join(sounds, spoken, unheard)).pipe(
      new FeatureTransform({ encoding: 'wav', ...model.frontEnd }),
    );
    const values = [];
    for await (const some of model.logProbabilities(frames)) values.push(...some);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    told.push(`${mean.toFixed(2)} (${language})`);
  }
  console.log(`${spoken}/${unheard}: log-probability a frame by each model: ${told.join(', ')}`);
}
