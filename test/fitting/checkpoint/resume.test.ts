import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Estimator, type FitOptions, type FitResult } from '../../../src/estimator.ts';
import type { FitSettings } from '../../../src/fitting/settings-types.ts';
import { type SettingFamily, takes } from '../../../src/mixture/model-table.ts';
import { randomHoldOut } from '../../../src/sources/partition.ts';
import type { FlatRows } from '../../../src/sources/rows.ts';
import { parametersOf } from '../../helpers/parameters.ts';
import { blobs, normals } from '../../helpers/random.ts';
import { estimator, type Row, rows } from '../../helpers/table.ts';

// The law of checkpoints: a fit that was interrupted anywhere and resumed gives the bits of one that was not.
const DIMENSIONS = 3;
const ROWS = 400;
const CENTRES = [
  [0, 0, 0],
  [3, -2, 2],
  [-3, 3, 1],
];
const data: FlatRows = { data: blobs(ROWS, CENTRES, 7), dimensions: DIMENSIONS };
const normal = normals(5);
const weights = Float64Array.from({ length: ROWS }, normal).map((x) => Math.max(0, 1 + x));
const directory = mkdtempSync(join(tmpdir(), 'megamix-checkpoint-'));
afterAll(() => rmSync(directory, { recursive: true }));

const centres = await new Estimator('kmeans', { components: 4, seed: 3, iterations: 1 }).fit(data);

let files = 0;

/** Fits until the signal, given after so many chunks, ends it; resumes, again and again. */
async function interruptedFit(
  make: () => Estimator,
  input: () => FlatRows,
  options: FitOptions,
  gaps: readonly number[],
): Promise<{ readonly result: FitResult; readonly interruptions: number }> {
  const file = join(directory, `${++files}`);
  let interruptions = 0;
  for (let at = 0; ; at++) {
    const controller = new AbortController();
    let chunks = gaps[at % gaps.length]!;
    const once = at < 9 ? () => --chunks < 0 && controller.abort() : undefined;
    const checkpoint = { file, every: at % 2 === 0 ? '9999s' : '1rows', resume: true };
    const threads = at % 4 === 3 ? 2 : 1;
    const onProgress = ({ stage }: { stage: string }) => void (stage !== 'resuming' && once?.());
    try {
      const given = { ...options, threads, checkpoint, onProgress, signal: controller.signal };
      const result = await make().fitWithReport(input(), given);
      if (result.model.stopReason !== 'aborted') return { result, interruptions };
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
    interruptions++;
  }
}

const onWarning = (message: string): void => expect(message).not.toContain('checkpoint');

const comparable = ({ model, rows: n, heldOutRows, iterations, moved }: FitResult) => ({
  ...{ n, heldOutRows, iterations, moved, stopReason: model.stopReason, best: model.iterations },
  criterion: model.criterion,
  heldOutCriterion: model.heldOutCriterion,
  parameters: parametersOf(model),
});

const cases: Readonly<
  Record<string, { readonly settings?: FitSettings; readonly options?: FitOptions; readonly data?: () => FlatRows }>
> = {
  batch: {},
  'batch, held out': { options: { heldOut: randomHoldOut(0.2) } },
  'batch, held out apart, patience': {
    settings: { patience: 2 },
    options: { heldOut: { data: blobs(90, CENTRES, 8), dimensions: DIMENSIONS } },
  },
  'batch, restarts': { settings: { restarts: 3, init: 'k-means' } },
  'batch, sorted': { settings: { sortComponents: true } },
  incremental: { settings: { algorithm: 'incremental', blocks: 5 } },
  'incremental, plain, held out': {
    settings: { algorithm: 'incremental', blocks: 7, momentum: 0 },
    options: { heldOut: randomHoldOut(0.3) },
  },
  stepwise: { settings: { algorithm: 'stepwise', window: 37, stepwisePasses: 2 } },
  'stepwise, held out': {
    settings: { algorithm: 'stepwise', window: 50, stepwisePasses: 1 },
    options: { heldOut: randomHoldOut(0.2) },
  },
  'variance floor': { settings: { varianceFloor: 0.3 } },
  'weights and covariances, incremental': {
    settings: { update: ['weights', 'covariances'], algorithm: 'incremental', blocks: 4 },
  },
  'from centres': { settings: { components: undefined, init: centres } },
  'row weights': { data: () => ({ ...data, weights }) },
  missing: {
    data: () => ({ ...data, data: data.data.map((x, i) => (i % 11 === 0 ? Number.NaN : x)) }),
    options: { onInvalid: 'missing' },
  },
  skipped: {
    data: () => ({ ...data, data: data.data.map((x, i) => (i % 50 === 0 ? Number.NaN : x)) }),
    options: { onInvalid: 'skip' },
  },
};

/** The others are tried on two cases. */
const thorough: ReadonlySet<string> = new Set(['kmeans', 'dpgmm diagonal']);

describe.each(rows)('$label', (row: Row) => {
  const families: Readonly<Record<string, SettingFamily>> = {
    'batch, sorted': 'order',
    'variance floor': 'covariance',
  };
  const fits = (name: string): boolean => families[name] === undefined || takes(row.model, families[name]);
  const own = thorough.has(row.label) ? Object.keys(cases).filter(fits) : ['batch', 'incremental'];
  test.each(own)('%s: interrupted and resumed, the same bits', async (name) => {
    const { settings = {}, options = {}, data: given = () => data } = cases[name]!;
    const make = (): Estimator => estimator(row, { components: 4, maxIterations: 6, seed: 3, ...settings });
    const common = { chunkBytes: 8 * DIMENSIONS * 32, onWarning, ...options };
    const whole = await make().fitWithReport(given(), common);
    const gaps = [[1, 30], [17, 2, 40], [21]][name.length % 3]!;
    const { result, interruptions } = await interruptedFit(make, given, common, gaps);
    expect(interruptions).toBeGreaterThan(0);
    expect(comparable(result)).toEqual(comparable(whole));
    expect(readdirSync(directory).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });
});
