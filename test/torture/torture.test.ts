import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GaussianMixture } from '../../src/index.ts';
import { main } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { adopt } from '../setup/watchdog.ts';
import { writeData } from './data.mjs';
import { contentsOf } from './model-contents.mjs';
import { type Program, Torture } from './run.mjs';
import { commandOf, type Scenario, scenarios } from './scenarios.mjs';

const SEED = 1;
const path = temporaryDirectory();

describe('of a program that is killed and resumed', () => {
  const FAKE = join(import.meta.dirname, 'fake-fit.mjs');
  const scenario: Scenario = { name: 'fake', model: 'gmm', data: [], flags: [] };
  const fake = (fault: string): Program => ({
    commandOf: (_scenario, _data, output) => [
      ...['env', `FAKE=${fault}`, process.execPath, FAKE],
      ...['-o', join(output, 'model.h5'), '--checkpoint', join(output, 'checkpoint')],
    ],
    contentsOf: async (file) => new Map([['sum', readFileSync(file, 'utf8')]]),
  });

  async function tortured(fault: string) {
    const torture = new Torture({ program: fake(fault), data: path('.'), onStart: (child) => adopt(child, true) });
    try {
      return await torture.run({ scenarios: [scenario], kills: 6, seed: SEED });
    } finally {
      torture.close();
    }
  }

  test('one that goes on where it was has no fault', async () => {
    const { kills, resumed, faults } = await tortured('');
    expect(faults).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(6);
    expect(resumed).toBeGreaterThan(0);
  });

  test.for([
    ['forgets', /differs in sum/],
    ['litters', /there is still \S+\.\d+\.tmp/],
    ['fails', /ended with 1/],
  ] as const)('one that %s is found out', async ([fault, detail]) => {
    const { faults } = await tortured(fault);
    expect(faults.map((found) => found.detail).join('\n')).toMatch(detail);
  });
});

test('contents of a model file tell every number from every other, but not the time', async () => {
  const rows = Array.from({ length: 40 }, (_, n) => [n, n * n]);
  const model = await new GaussianMixture({ components: 1 }).fit(rows);
  const other = await new GaussianMixture({ components: 1 }).fit(rows.with(3, [3, 10]));
  for (const [name, each] of Object.entries({ model, other })) await each.save(path(`${name}.h5`));
  await model.save(path('again.h5'));
  const [one, again, changed] = await Promise.all(
    ['model', 'again', 'other'].map((name) => contentsOf(path(`${name}.h5`))),
  );
  expect(again).toEqual(one);
  expect([...one!].filter(([name, hash]) => changed!.get(name) !== hash).map(([name]) => name)).toContain(
    '/model_fitted/means',
  );
});

describe('killed fits give the bits of those that nobody kills', () => {
  const folder = path('data');
  let torture: Torture;
  beforeAll(async () => {
    mkdirSync(folder);
    await writeData(folder);
    const command: Program['commandOf'] = (...args) => [process.execPath, main, ...commandOf(...args)];
    torture = new Torture({
      program: { commandOf: command, contentsOf },
      data: folder,
      mostKills: 3,
      onStart: (child) => adopt(child, true),
    });
  });
  afterAll(() => torture.close());

  test.for(['gmm, piped input', 'kmeans, incremental', 'vbgmm, stepwise'])('%s', async (name) => {
    const chosen = scenarios.filter((scenario) => scenario.name === name);
    const { faults } = await torture.run({ scenarios: chosen, kills: 2, seed: SEED });
    expect(faults, `npm run torture -- --scenario '${name}' --seed ${SEED}`).toEqual([]);
  });
});
