// Kills fits with SIGKILL, resumes them, and compares what they give with fits that nobody kills.
//   npm run torture -- --kills 100 [--model gmm] [--scenario 'gmm, batch'] [--seed N] [--run N]
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeData } from '../test/torture/data.mjs';
import { contentsOf } from '../test/torture/model-contents.mjs';
import { Torture } from '../test/torture/run.mjs';
import { commandOf, scenarios } from '../test/torture/scenarios.mjs';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    model: { type: 'string' },
    scenario: { type: 'string' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    run: { type: 'string' },
  },
});
const chosen = scenarios.filter(
  ({ model, name }) => model === (values.model ?? model) && name === (values.scenario ?? name),
);
const [kills, seed, first] = [values.run ? 1 : values.kills, values.seed, values.run ?? 0].map(Number);
if (chosen.length === 0 || ![kills, seed, first].every(Number.isSafeInteger)) {
  console.error(`usage: npm run torture -- [--kills N] [--model M] [--scenario S] [--seed N] [--run N]
S is one of ${scenarios.map(({ name }) => `'${name}'`).join(', ')}`);
  process.exit(2);
}

const data = mkdtempSync(join(tmpdir(), 'megamix-torture-data-'));
const main = join(import.meta.dirname, '..', 'dist', 'cli', 'main.js');
const program = { contentsOf, commandOf: (...args) => [process.execPath, main, ...commandOf(...args)] };
const torture = new Torture({ program, data });
const clean = () => {
  torture.close();
  rmSync(data, { recursive: true, force: true });
};
process.on('SIGINT', () => {
  clean();
  process.exit(130);
});
try {
  await writeData(data);
  console.log(`seed ${seed}, ${chosen.length} scenarios`);
  const onRun = ({ runs, kills: done }) =>
    process.stderr.isTTY && process.stderr.write(`\r${runs} runs, ${done} kills  `);
  const {
    runs,
    kills: made,
    writing,
    resumed,
    faults,
  } = await torture.run({ scenarios: chosen, kills, seed, first, onRun });
  console.log(
    `${runs} runs, ${made} kills, ${writing} of them while a file was written, ${resumed} starts from a checkpoint, ${faults.length} runs with a fault`,
  );
  const again =
    (values.model ? ` --model ${values.model}` : '') + (values.scenario ? ` --scenario '${values.scenario}'` : '');
  for (const { scenario, number, detail } of faults) {
    console.log(`\n${scenario}: ${detail}\n  npm run torture --${again} --seed ${seed} --run ${number}`);
  }
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  clean();
}
