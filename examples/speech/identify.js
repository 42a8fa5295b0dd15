// Who speaks? Recordings that no model has heard, given to the speaker whose model explains them best; as a confusion table.
//   node examples/speech/identify.js [FOLDER of speakers, each a folder of WAV files]
import { basename } from 'node:path';
import { identify } from 'megamix';
import { recordings, speakerModels } from './speakers.js';

const speakers = recordings(process.argv[2]);
const { ubm, models } = await speakerModels(speakers, { normalisation: 'mean' });
const names = Object.keys(models);
console.log(
  `background model: ${ubm.components} components, fitted to ${speakers.map(({ name }) => name).join(' and ')}`,
);

const confusion = new Map(names.map((name) => [name, new Map(names.map((other) => [other, 0]))]));
for (const { name, test } of speakers) {
  for await (const { data, best, scores } of identify(models, test)) {
    const told = confusion.get(name);
    told?.set(best, (told.get(best) ?? 0) + 1);
    const all = names.map((each) => `${each} ${scores[each]?.toFixed(2)}`).join(', ');
    console.log(`${name}/${basename(data)}: ${best} (log-probability a frame: ${all})`);
  }
}
console.log(`\n${['spoken \\ told', ...names].map((text) => text.padEnd(14)).join('')}`);
for (const [name, told] of confusion)
  console.log([name, ...told.values()].map((cell) => `${cell}`.padEnd(14)).join(''));
