// Scores frames as they arrive: log-probability and label of each frame, as soon as it is there.
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GaussianMixture, openData } from 'megamix';

const speech = await openData(fileURLToPath(new URL('../data/speech-en.npy', import.meta.url)));
const model = await new GaussianMixture({ components: 8, covariance: 'diagonal', iterations: 3 }).fit(speech);

/** Frames that come one by one, as from a microphone (a little faster here). */
async function* microphone() {
  for await (const { data, dimensions } of speech) {
    for (let n = 0; n < 100; n++) {
      await delay(2);
      yield data.subarray(n * dimensions, (n + 1) * dimensions);
    }
    return;
  }
}

let frame = 0;
await pipeline(microphone, model.scorer({ window: 20 }), async (results) => {
  for await (const { logProbability, label, meanLogProbability } of results) {
    if (frame++ % 20 > 0) continue;
    const mean = `${meanLogProbability.toFixed(2)} over the last 20`;
    console.log(`frame ${frame}: component ${label}, ${logProbability.toFixed(2)}, ${mean}`);
  }
});
console.log(`${frame} frames scored`);
