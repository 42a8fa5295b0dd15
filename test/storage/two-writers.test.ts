import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { adopt } from '../setup/watchdog.ts';

const path = temporaryDirectory();
const index = JSON.stringify(join(import.meta.dirname, '..', '..', 'dist', 'index.js'));
const GROUPS = 12;

/** A process that saves a model into one group of a file after another, and says of each that it is done. */
function writer(model: string, file: string, letter: string, groups: number): ChildProcess {
  const script = `
    const { MixtureModel } = await import(${index});
    const model = await MixtureModel.load(${JSON.stringify(model)});
    for (let n = 0; n < ${groups}; n++) {
      await model.save(${JSON.stringify(file)}, { group: '${letter}' + n });
      process.stdout.write('.');
    }
    process.exit();`;
  const program = path(`${letter}.mjs`);
  writeFileSync(program, script);
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  adopt(child);
  return child;
}

test('two processes save into one file at once: all is there; one that is killed does not stop the other', async () => {
  const one = path('model.h5');
  const model = await new GaussianMixture({ components: 1, init: { means: [[1, 2]] } }).fit(
    [
      [0, 1],
      [2, 2],
      [1, 4],
    ],
    { threads: 1 },
  );
  await model.save(one);
  const file = path('shared.h5');
  const [first, second, killed] = [
    writer(one, file, 'a', GROUPS),
    writer(one, file, 'b', GROUPS),
    writer(one, file, 'c', 1000),
  ];
  const ended = Promise.all([once(first, 'exit'), once(second, 'exit')]);
  await once(killed.stdout!, 'data');
  killed.kill('SIGKILL');
  expect(await ended).toEqual([
    [0, null],
    [0, null],
  ]);
  for (const letter of 'ab') {
    for (let n = 0; n < GROUPS; n++) {
      const { state } = await MixtureModel.load(file, { group: `${letter}${n}` });
      expect(state.parameters).toEqual(model.state.parameters);
    }
  }
  await model.save(file, { group: 'last' }); // which removes what the killed one left
  expect(readdirSync(path('.')).sort()).toEqual(['a.mjs', 'b.mjs', 'c.mjs', 'model.h5', 'shared.h5']);
});
