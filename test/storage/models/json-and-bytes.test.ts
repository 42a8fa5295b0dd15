import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MegaMixError } from '../../../src/errors.ts';
import { GaussianMixture, KMeans } from '../../../src/estimator.ts';
import { MixtureModel } from '../../../src/inference/model.ts';
import type { ModelJson } from '../../../src/storage/models/json.ts';
import { contentsOf, randomModel } from '../../helpers/models.ts';
import { rows } from '../../helpers/table.ts';
import { fc, runs } from '../../setup/properties.ts';

const seeds = fc.integer({ min: 1, max: 2 ** 30 });

describe.each(rows)('$label', (row) => {
  test('comes back from JSON, its text and bytes to the bit', () =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const model = await randomModel(row, seed);
        const whole = contentsOf(model);
        expect(contentsOf(MixtureModel.fromJSON(model.toJSON()))).toBe(whole);
        expect(contentsOf(MixtureModel.fromJSON(JSON.stringify(model)))).toBe(whole);
        expect(contentsOf(MixtureModel.fromJSON(JSON.stringify(model, null, 2)))).toBe(whole);
        expect(contentsOf(MixtureModel.fromBytes(model.toBytes()))).toBe(whole);
      }),
      runs(5),
    ));
});

test('every double comes back: −0, the least, the largest, −∞ of a weight that is 0', () => {
  const odd = [-0, 5e-324, 1.7976931348623157e308, 0.1, -1e-310, 2 ** 53 + 2];
  const model = KMeans.from(odd.map((value) => [value, 0]));
  const { parameters } = model.state;
  const logWeights = parameters.logWeights.map((_, k) => (k === 0 ? Number.NEGATIVE_INFINITY : Math.log(1 / 5)));
  const weightless = new MixtureModel({ ...model.state, parameters: { ...parameters, logWeights } });
  for (const each of [model, weightless]) {
    const json = JSON.stringify(each);
    expect(contentsOf(MixtureModel.fromJSON(json))).toBe(contentsOf(each));
    expect(contentsOf(MixtureModel.fromBytes(each.toBytes()))).toBe(contentsOf(each));
  }
  expect(JSON.stringify(weightless)).toContain('"-Infinity"');
});

test('bytes are read wherever they lie in memory', () => {
  const bytes = KMeans.from([[1, 2]]).toBytes();
  const room = new Uint8Array(bytes.length + 3);
  room.set(bytes, 3);
  expect(MixtureModel.fromBytes(room.subarray(3)).means.to2DArray()).toEqual([[1, 2]]);
  expect(MixtureModel.fromBytes(bytes.buffer).means.to2DArray()).toEqual([[1, 2]]);
  expect(() => MixtureModel.fromBytes('text' as unknown as Uint8Array)).toThrow(
    'bytes: received "text", expected a Uint8Array',
  );
});

describe('a model of which a byte was changed is refused, or is the same', async () => {
  const models = [
    ['gmm', GaussianMixture.from({ weights: [0.25, 0.75], means: [[1], [2.5]], covariances: [1, 2] })],
    ['kmeans', KMeans.from([[1, -0]])],
    ['pypgmm', await randomModel(rows.at(-1)!, 3)],
  ] as const;
  const outcomeOf = (read: () => MixtureModel): string | Error => {
    try {
      return contentsOf(read());
    } catch (error) {
      return error as Error;
    }
  };

  test.each(models)('bytes of a %s', (_, model) => {
    const whole = contentsOf(model);
    const bytes = model.toBytes();
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [0xff, 0x01]) {
        const damaged = bytes.slice();
        damaged[at]! ^= mask;
        expect(
          outcomeOf(() => MixtureModel.fromBytes(damaged)),
          `byte ${at}`,
        ).toBeInstanceOf(MegaMixError);
      }
    }
    for (let length = 0; length < bytes.length; length++)
      expect(
        outcomeOf(() => MixtureModel.fromBytes(bytes.subarray(0, length))),
        `${length} bytes`,
      ).toBeInstanceOf(MegaMixError);
    expect(whole).toBe(contentsOf(MixtureModel.fromBytes(bytes)));
  });

  test.each(models)('the JSON of a %s', (_, model) => {
    const whole = contentsOf(model);
    const text = JSON.stringify(model);
    let refused = 0;
    for (let at = 0; at < text.length; at++) {
      for (const mask of [0x01, 0x08]) {
        const damaged = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ mask) + text.slice(at + 1);
        const outcome = outcomeOf(() => MixtureModel.fromJSON(damaged));
        if (outcome === whole) continue;
        refused++;
        expect(outcome, damaged.slice(at - 20, at + 20)).toBeInstanceOf(MegaMixError);
      }
    }
    expect(refused).toBeGreaterThan(text.length);
  });
});

test('JSON that is no model says why', () => {
  const { checksum: _, ...json } = KMeans.from([
    [1, 2],
    [3, 4],
  ]).toJSON();
  const read = (changed: object | string | null) => () => MixtureModel.fromJSON(changed as ModelJson);
  expect(MixtureModel.fromJSON(json as ModelJson).components).toBe(2);
  expect(read('{')).toThrow('the JSON cannot be read as JSON: ');
  expect(read('[1]')).toThrow('received [ 1 ], expected the JSON of a model');
  expect(read(null)).toThrow('received null, expected the JSON of a model');
  expect(read({})).toThrow('received an object whose "format" is undefined');
  expect(read({ ...json, extra: 1 })).toThrow('has a member "extra", which is not known here');
  expect(read({ ...json, format_version: 2 })).toThrow('is of format version 2, newer than this megamix knows');
  expect(read({ ...json, means: [[1, 2], [3]] })).toThrow("'means': its arrays are of different lengths");
  expect(
    read({
      ...json,
      means: [
        [1, 2],
        [3, null],
      ],
    }),
  ).toThrow("'means' holds null, expected a number");
  expect(read({ ...json, means: [[1, 2]] })).toThrow("'log_weights' has the shape (2), expected (1)");
  expect(read({ ...json, means: [[[[1]]]] })).toThrow('too many in each other');
  expect(read({ ...json, means: [] })).toThrow("has no dataset 'means', which a kmeans needs");
  expect(read({ ...json, model: 'gmm' })).toThrow("has no dataset 'cov', which a gmm needs");
  expect(read({ ...json, checksum: '00000000' })).toThrow('does not match its checksum');
  expect(() => MixtureModel.fromBytes(new TextEncoder().encode('{"format"'))).toThrow(
    'expected a model as toBytes gives it',
  );
});

test('the JSON that docs/model-file.md shows is a model, with its checksum', () => {
  const document = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'model-file.md'), 'utf8');
  const [, shown] = /```json\n(\{\n {2}"format"[\s\S]*?)```/.exec(document)!;
  const model = MixtureModel.fromJSON(shown!);
  expect(JSON.parse(shown!)).toEqual(model.toJSON());
  expect([...model.weights]).toEqual([0.4, 0.6]);
});
