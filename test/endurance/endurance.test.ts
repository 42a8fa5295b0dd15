import { getEventListeners } from 'node:events';
import { mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, expect, test } from 'vitest';
import { GaussianMixture, KMeans, openData, writeRows } from '../../src/index.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { collect } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';

const path = temporaryDirectory();
const temporary = path('temporary');
const CENTRES = [
  [0, 0, 0],
  [6, -5, 4],
  [-7, 6, 2],
];
const rows = blobs(6000, CENTRES, 3);
const data = { data: rows, dimensions: 3 };
const small = { chunkBytes: 8192 };
const quick = { threads: 1, ...small };
const settings = { components: 3, init: 'random', iterations: 200 } as const;
let model: MixtureModel;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

beforeAll(async () => {
  mkdirSync(temporary);
  process.env.TMPDIR = temporary;
  for (const name of ['rows.npy', 'rows.csv', 'rows.parquet']) await writeRows(path(name), [rows], { columns: 3 });
  model = await new GaussianMixture({ ...settings, iterations: 1 }).fit(data, quick);
});

/** What the process holds: open files (not what its threads talk through, of which two may wait), and what keeps it alive. */
const held = () => ({ files: openFiles(), resources: process.getActiveResourcesInfo().length });

function openFiles(): number {
  const names = readdirSync('/proc/self/fd').flatMap((file) => {
    try {
      return readlinkSync(`/proc/self/fd/${file}`);
    } catch {
      return []; // it was open to look
    }
  });
  return names.filter((name) => name.startsWith('/') && !name.startsWith('/dev/') && !name.startsWith('/proc/')).length;
}

/** The same, once what was asked to end has ended: no more than before. */
async function settled(before: ReturnType<typeof held>) {
  const MOST_LOOKS = 100;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const { files, resources } = held();
    if (files <= before.files && resources <= before.resources) return before;
    await setTimeout(20);
  }
  return held();
}

async function* arriving() {
  for (let at = 0; ; at = (at + 300) % rows.length) {
    await setTimeout(0);
    yield { data: rows.subarray(at, at + 300), dimensions: 3 };
  }
}

/** Work that ends at an abort, how often it is cancelled, and after how many milliseconds at the most. */
const works: Readonly<
  Record<string, readonly [count: number, longest: number, (signal: AbortSignal) => Promise<unknown>]>
> = {
  fits: [150, 6, (signal) => new GaussianMixture(settings).fit(data, { ...quick, signal })],
  'incremental fits': [
    100,
    6,
    (signal) => new KMeans({ ...settings, algorithm: 'incremental', blockMemory: 0 }).fit(data, { ...quick, signal }),
  ],
  'fits of a stream': [150, 6, (signal) => new KMeans(settings).fit(arriving(), { threads: 1, signal })],
  'fits of a file': [100, 6, (signal) => new KMeans(settings).fit(path('rows.csv'), { threads: 1, signal })],
  'fits on threads': [20, 100, (signal) => new GaussianMixture(settings).fit(data, { ...small, threads: 2, signal })],
  'fits read by a thread': [
    20,
    100,
    (signal) => new KMeans(settings).fit(path('rows.parquet'), { threads: 1, signal }),
  ],
  scores: [150, 6, (signal) => model.score(path('rows.csv'), { threads: 1, signal })],
  labels: [110, 6, (signal) => collect(model.labels(arriving(), { threads: 1, signal }))],
  writing: [
    100,
    6,
    (signal) => writeRows(path('labels.npy'), model.labels(path('rows.csv'), { threads: 1 }), { signal }),
  ],
  sources: [
    100,
    6,
    async (signal) => {
      const source = await openData(path('rows.csv'), { signal });
      try {
        for await (const chunk of source) chunk.release?.();
      } finally {
        await source.close();
      }
    },
  ],
};

test.for(Object.entries(works))(
  'cancelled at random moments, %s leave no file, handle, worker or listener behind',
  async ([, [count, longest, work]]) => {
    const random = xoroshiro128plus(1);
    await work(AbortSignal.timeout(50)).catch(() => {});
    await setTimeout(50);
    const before = held();
    let cancelled = 0;
    for (let n = 0; n < count; n++) {
      const controller = new AbortController();
      const waiting = longest * uniformFloat64(random);
      const timer = setTimeout(waiting).then(() => controller.abort());
      await work(controller.signal).catch((error: unknown) => {
        if (!controller.signal.aborted) throw error;
      });
      cancelled += Number(controller.signal.aborted);
      await timer;
      expect(getEventListeners(controller.signal, 'abort'), `number ${n}`).toEqual([]);
    }
    expect(cancelled).toBeGreaterThan(count / 10);
    expect(await settled(before)).toEqual(before);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(path('.')).filter((name) => /\.tmp$|lock$/.test(name))).toEqual([]);
  },
);

test('200 fits in one process, eight at once, with a signal that they share: neither memory nor handles grow', async () => {
  const { signal } = new AbortController();
  const kinds = [
    data,
    path('rows.npy'),
    path('rows.csv'),
    data,
    path('rows.npy'),
    path('rows.csv'),
    data,
    path('rows.parquet'),
  ];
  const fits = async (count: number): Promise<void> => {
    let begun = 0;
    const one = async (): Promise<void> => {
      while (begun < count) {
        const each = begun++;
        const threads = each % 50 === 0 ? 2 : 1;
        await new GaussianMixture({ ...settings, iterations: 3 }).fit(kinds[each % kinds.length]!, { threads, signal });
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
  };
  const memory = async (): Promise<number> => {
    for (let round = 0; round < 4; round++) {
      collectGarbage();
      await setTimeout(20);
    }
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 2 ** 20;
  };
  await fits(40);
  const [before, first] = [await memory(), held()];
  await fits(200);
  const after = await memory();
  expect(after - before, `mebibytes, of ${before}`).toBeLessThan(2);
  expect(await settled(first)).toEqual(first);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});
