// The same live: a recording is piped in as fast as it was spoken, and the scores of all speakers are printed as they come.
//   node examples/speech/live.js [RECORDING.wav]
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { FeatureTransform } from 'megamix';
import { recordings, speakerModels } from './speakers.js';

const speakers = recordings();
const { models } = await speakerModels(speakers, { normalisation: 'mean', normalisationOver: 'running' });
const recording = process.argv[2] ?? speakers[0]?.test[0] ?? '';
const BYTES_A_SECOND = 16_000; // 8 kHz, 16 bits
const FRAMES_A_SECOND = 100;

/** A tenth of a second of sound every tenth of a second. */
async function* microphone() {
  for await (const piece of createReadStream(recording, { highWaterMark: BYTES_A_SECOND / 10 })) {
    yield piece;
    await delay(100);
  }
}

const [first] = Object.values(models);
const features = new FeatureTransform({ encoding: 'wav', ...first?.frontEnd });
const streams = Object.values(models).map((model) => features.pipe(model.scorer({ window: FRAMES_A_SECOND })));
const hearing = pipeline(microphone, features);

const names = Object.keys(models);
const results = streams.map((stream) => stream[Symbol.asyncIterator]());
console.log(`${recording}: mean log-probability of the last second`);
for (let frame = 1; ; frame++) {
  const scores = await Promise.all(results.map((each) => each.next()));
  if (scores.some(({ done }) => done)) break;
  if (frame % (FRAMES_A_SECOND / 2) > 0) continue;
  const means = scores.map(({ value }) => value.meanLogProbability);
  const best = names[means.indexOf(Math.max(...means))];
  const all = names.map((name, i) => `${name} ${means[i].toFixed(2)}`).join(', ');
  console.log(`${(frame / FRAMES_A_SECOND).toFixed(1)} s: ${all}: ${best}`);
}
await hearing;
