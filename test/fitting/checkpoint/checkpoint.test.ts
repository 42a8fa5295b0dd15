import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { GaussianMixture, KMeans } from '../../../src/estimator.ts';
import type { Resumption } from '../../../src/fitting/checkpoint/options.ts';
import { temporaryDirectory } from '../../helpers/files.ts';
import { parametersOf } from '../../helpers/parameters.ts';
import { blobs } from '../../helpers/random.ts';

const path = temporaryDirectory();
const CENTRES = [
  [0, 0],
  [5, 4],
  [-4, 5],
];
const data = { data: blobs(600, CENTRES, 2), dimensions: 2 };
const chunkBytes = 1600;
const settings = { components: 3, iterations: 8 } as const;

/** Ends a fit after some iterations. */
async function interrupt(file: string, iterations: number, given = data): Promise<void> {
  const controller = new AbortController();
  const onIteration = ({ iteration }: { iteration: number }) => void (iteration === iterations && controller.abort());
  const options = { chunkBytes, checkpoint: { file }, signal: controller.signal, onIteration };
  expect((await new GaussianMixture(settings).fit(given, options)).stopReason).toBe('aborted');
}

test('onResume says where the fit begins', async () => {
  const file = path('told');
  const told: Resumption[] = [];
  const onResume = (resumption: Resumption) => void told.push(resumption);
  const fitted = () =>
    new GaussianMixture(settings).fit(data, { chunkBytes, checkpoint: { file, resume: true, onResume } });
  await interrupt(file, 3);
  await fitted();
  await fitted();
  rmSync(file);
  rmSync(`${file}.previous`);
  await fitted();
  expect(told.map(({ iterations, isFinished, fault }) => [iterations, isFinished, fault])).toEqual([
    [3, false, undefined],
    [8, true, undefined],
    [undefined, false, undefined],
  ]);
  expect(told[0]!.written).toBeInstanceOf(Date);
  expect(told[2]!.written).toBeUndefined();
});

test('a period of iterations or rows is kept', async () => {
  for (const [every, least] of [
    ['2iterations', 4],
    ['600rows', 8],
    ['1h', 1],
  ] as const) {
    const file = path(`every-${every}`);
    const writings = new Set<number>();
    const onIteration = async () => {
      await setTimeout(30);
      if (existsSync(file)) writings.add(statSync(file).ino);
    };
    await new GaussianMixture({ components: 3, iterations: 12 }).fit(data, {
      chunkBytes,
      checkpoint: { file, every },
      onIteration,
    });
    expect(existsSync(file)).toBe(true);
    if (least > 1) expect(writings.size).toBeGreaterThan(1);
    else expect(writings.size).toBe(0);
  }
});

test('options are checked', async () => {
  const fitted = (checkpoint: object) => new KMeans({ components: 2 }).fit(data, { checkpoint: checkpoint as never });
  await expect(fitted({ file: path('x'), every: '5 parsecs' })).rejects.toThrow(
    'checkpointEvery: received "5 parsecs"',
  );
  await expect(fitted({ file: path('x'), evry: '5s' })).rejects.toThrow('is every meant');
  await expect(fitted({})).rejects.toThrow('path: received undefined');
  await expect(fitted({ file: path('none/x') })).rejects.toMatchObject({ code: 'file-not-found' });
  await expect(fitted({ file: path('x'), resume: 'yes' })).rejects.toThrow('resume: received "yes"');
});

test('a checkpoint that cannot be written is told of once, and the fit goes on', async () => {
  const file = path('gone/ck');
  mkdirSync(dirname(file));
  const warnings: string[] = [];
  const onIteration = ({ iteration }: { iteration: number }) =>
    iteration === 2 && rmSync(dirname(file), { recursive: true });
  const model = await new GaussianMixture(settings).fit(data, {
    ...{ chunkBytes, checkpoint: { file, every: '1rows' }, onIteration },
    onWarning: (message) => warnings.push(message),
  });
  expect(model.iterations).toBe(8);
  expect(warnings.filter((message) => message.startsWith('no checkpoint could be written: '))).toHaveLength(1);
});

describe('what must be the same', () => {
  test('data', async () => {
    const file = path('data');
    await interrupt(file, 2);
    const other = { ...data, data: data.data.map((x, i) => (i === 700 ? x + 1 : x)) };
    const fitting = new GaussianMixture(settings).fit(other, { chunkBytes, checkpoint: { file, resume: true } });
    await expect(fitting).rejects.toMatchObject({ code: 'source-changed' });
    await expect(fitting).rejects.toThrow('the training data has other contents than before');
  });

  test('options of reading, held-out data', async () => {
    const file = path('options');
    await interrupt(file, 2);
    const fitted = (options: object) =>
      new GaussianMixture(settings).fit(data, { chunkBytes, ...options, checkpoint: { file, resume: true } });
    await expect(fitted({ chunkBytes: 800 })).rejects.toThrow('chunkBytes: was 1600, is 800');
    await expect(fitted({ onInvalid: 'skip' })).rejects.toThrow('onInvalid');
    await expect(fitted({ heldOut: data })).rejects.toThrow('the held-out data was not there');
    await expect(fitted({ heldOut: (row: number) => row % 2 === 0 })).rejects.toMatchObject({ code: 'source-changed' });
  });

  test('settings, and the version', async () => {
    const file = path('settings');
    await interrupt(file, 2);
    const fitted = (changed: object) =>
      new GaussianMixture({ ...settings, ...changed }).fit(data, { chunkBytes, checkpoint: { file, resume: true } });
    await expect(fitted({ covariance: 'diagonal' })).rejects.toThrow('covariance: received "diagonal", but');
    await expect(fitted({ regCovar: 1e-3 })).rejects.toThrow('regCovar: received 0.001, but');
    await expect(fitted({ init: { means: new Float64Array(6) } })).rejects.toMatchObject({ setting: 'init' });
    await expect(new KMeans(settings).fit(data, { chunkBytes, checkpoint: { file, resume: true } })).rejects.toThrow(
      'model: received kmeans',
    );
  });
});

test('nothing but the files of the checkpoint is left, and no file is open', async () => {
  const file = path('alone/ck');
  mkdirSync(dirname(file));
  writeFileSync(path('alone/other'), '');
  const whole = await new GaussianMixture({ components: 3, algorithm: 'incremental', iterations: 4 }).fit(data, {
    chunkBytes,
  });
  const warnings: string[] = [];
  const kept = await new GaussianMixture({ components: 3, algorithm: 'incremental', iterations: 4 }).fit(data, {
    ...{ chunkBytes, checkpoint: { file, every: '1rows' }, onWarning: (message: string) => warnings.push(message) },
  });
  expect(parametersOf(kept)).toEqual(parametersOf(whole));
  expect(warnings).toEqual([]);
  expect(readdirSync(dirname(file)).toSorted()).toEqual(['ck', 'ck.blocks', 'ck.previous', 'other']);
});
