import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Group } from 'h5wasm/node';
import { describe, expect, test } from 'vitest';
import { generated } from '../../scripts/docs/settings.mjs';
import { addAdapt } from '../../src/cli/adapt.ts';
import { addFeatures } from '../../src/cli/features.ts';
import { addFit } from '../../src/cli/fit.ts';
import { addOnline } from '../../src/cli/online.ts';
import { Estimator, GaussianMixture, KMeans } from '../../src/estimator.ts';
import { withHdf5 } from '../../src/files/hdf5.ts';
import { onlineDefinitions } from '../../src/fitting/online/setting-table.ts';
import { fitDefinitions, groups, type OfFits } from '../../src/fitting/setting-table.ts';
import type { FitSettings } from '../../src/fitting/settings-types.ts';
import { adaptationDefinitions } from '../../src/inference/adaptation.ts';
import { type ModelName, models } from '../../src/mixture/model-table.ts';
import { definitions } from '../../src/speech/definitions.ts';
import { type Definition, defaultText, flagName, flagsOf } from '../../src/util/definition.ts';
import { temporaryDirectory } from '../helpers/files.ts';

const path = temporaryDirectory();

type Table = Readonly<Record<string, Definition & OfFits>>;
const tables: Readonly<Record<string, Table>> = {
  fit: fitDefinitions,
  online: onlineDefinitions,
  adapt: adaptationDefinitions,
  sound: definitions,
};

test.each([...generated()])('%s is what the tables say', (file, text) => {
  expect(readFileSync(join(import.meta.dirname, '../..', file), 'utf8'), 'npm run generate').toBe(text);
});

describe.each(Object.entries(tables))('every setting of %s', (_, table) => {
  test.each(Object.entries(table))('%s is told', (name, definition) => {
    const { help, meaning, expected, group } = definition;
    expect(help).toMatch(/^\S.{6,}[^.]$/);
    expect(meaning).toMatch(/^\S.{20,}\.$/);
    expect(expected).toMatch(/\S{3}/);
    expect(group).not.toBe('');
    for (const flag of flagsOf(name, definition)) {
      if (flag.reads !== 'nothing' && flag.choices === undefined) expect(flag.argument).toMatch(/^<\w+>$/);
    }
  });

  test.each(Object.entries(table))('%s has a default in its range, or none', (name, { holds, check, ...rest }) => {
    if (rest.default === undefined) return expect(['components', 'iterations'].includes(name)).toBe(!rest.byDefault);
    check?.(rest.default);
    expect(holds(rest.default)).toBe(true);
    expect(defaultText({ ...rest, holds })).toMatch(/\S/);
  });
});

describe('a flag for every setting, and no other', () => {
  const nothing = new AbortController().signal;
  const optionsOf = (add: typeof addFit) => {
    const command = new Command();
    add(command, nothing);
    return command.options.map(({ long, description, argChoices, helpGroupHeading }) => ({
      long,
      description,
      choices: argChoices,
      heading: helpGroupHeading,
    }));
  };
  const expected = (table: Table, headings: readonly string[]) =>
    Object.entries(table)
      .filter(([, { group }]) => headings.includes(group))
      .flatMap(([name, definition]) =>
        flagsOf(name, definition).map((flag) => ({
          long: flagName(flag.name),
          description: flag.help,
          choices: flag.reads === 'list' ? undefined : flag.choices,
          heading: `${definition.group}:`,
        })),
      );
  const whole = (table: Table) =>
    expected(
      table,
      Object.values(table).map(({ group }) => group),
    );
  const { model, beginning, prior } = groups;
  test.each([
    ['features', addFeatures, whole(definitions)],
    ['fit', addFit, whole(fitDefinitions)],
    [
      'online',
      addOnline,
      [onlineDefinitions, fitDefinitions].flatMap((table: Table) =>
        expected(table, [...Object.values(onlineDefinitions).map(({ group }) => group), model, beginning, prior]),
      ),
    ],
    ['adapt', addAdapt, whole(adaptationDefinitions)],
  ] as const)('%s', (_, add, flags) => {
    const headings = new Set(flags.map(({ heading }) => heading));
    const own = optionsOf(add).filter(({ heading, long }) => headings.has(heading!) && long !== '--model');
    expect(own).toEqual(flags);
  });
});

/** A value that is right. */
const rightOf = ({ default: usual, type }: Definition): unknown => usual ?? (type === 'number' ? 9 : [[0, 0]]);

describe.each(Object.keys(models) as ModelName[])('a %s takes exactly its own', (model) => {
  const families: readonly string[] = models[model].settings;
  test.each(Object.entries<Definition & OfFits>(fitDefinitions))('%s', (name, definition) => {
    const { family, algorithms } = definition;
    const given = { [name]: rightOf(definition) };
    const settings = { components: 2, ...(algorithms && { algorithm: algorithms[0] }), ...given } as FitSettings;
    const make = () => new Estimator(model, settings);
    if (family === undefined || families.includes(family)) expect(make).not.toThrow();
    else expect(make).toThrow(`${name}: a ${model} has no such setting`);
    const other = (['batch', 'incremental'] as const).find((each) => algorithms && !algorithms.includes(each));
    if (!other) return;
    expect(() => new Estimator(model, { ...settings, algorithm: other })).toThrow(
      expect.objectContaining({ name: 'SettingError', message: expect.stringMatching(`^${name}: `) as string }),
    );
  });
});

test('what a model file keeps of settings has the names that the table says', async () => {
  const file = path('settings.h5');
  const model = await new Estimator('pypgmm', { components: 2, iterations: 1 }).fit([
    [1, 2],
    [3, 5],
    [2, 2.5],
    [0, 1],
  ]);
  await model.save(file);
  const names = await withHdf5(file, file, (opened) => {
    const group = opened.get('model_fitted') as Group;
    return [...Object.keys(group.attrs), ...group.keys()];
  });
  const stored = Object.values<Definition>(fitDefinitions).flatMap(({ stored }) => stored ?? []);
  expect(stored.length).toBeGreaterThan(5);
  expect(names).toEqual(expect.arrayContaining(stored));
});

test.each([
  ['gmm', {}, 'components: received nothing'],
  ['gmm', { components: 0 }, 'components: received 0, expected a whole number ≥ 1'],
  ['gmm', { components: 2.5 }, 'components: received 2.5'],
  ['gmm', { components: '3' }, 'components: received "3"'],
  ['gmm', { components: Number.NaN }, 'components: received NaN'],
  [
    'gmm',
    { components: 3, covariance: 'round' },
    'covariance: received "round", expected full, diagonal, spherical, tied, tied-diagonal, tied-spherical',
  ],
  ['gmm', { components: 3, init: 'best' }, 'init: received "best", expected k-means, k-means++, afk-mc2, random'],
  ['gmm', null as never, 'settings: received null'],
  ['gmm', { components: 3, init: {} as never }, 'init: received an object'],
  ['gmm', { components: 3, init: null as never }, 'init: received null'],
  ['gmm', { components: 3, start: 'end' }, 'start: received "end", expected labels, parameters'],
  ['gmm', { components: 3, regCovar: -1 }, 'regCovar: received -1, expected a finite number ≥ 0'],
  ['gmm', { components: 3, seed: -1 }, 'seed: received -1'],
  ['gmm', { components: 3, alpha0: 1 }, 'alpha0: a gmm has no such setting'],
  ['gmm', { components: 3, colour: 1 }, 'there is no setting colour'],
  ['gmm', { components: 3, toString: 1 }, 'there is no setting toString'],
  ['gmm', { components: 3, tolerance: Number.NaN }, 'tolerance: received NaN, expected a finite number'],
  ['gmm', { components: 3, patience: 0.5 }, 'patience: received 0.5'],
  ['gmm', { components: 3, maxIterations: -1 }, 'maxIterations: received -1'],
  ['gmm', { components: 3, iterations: 3, patience: 2 }, 'iterations: asks for exactly 3, which patience contradicts'],
  ['kmeans', { components: 3, covariance: 'full' }, 'covariance: a kmeans has no such setting'],
  ['kmeans', { components: 3, regCovar: 1 }, 'regCovar: a kmeans has no such setting'],
  ['vbgmm', { components: 3, alpha0: 0 }, 'alpha0: received 0, expected a finite number > 0'],
  ['vbgmm', { components: 3, beta0: -1 }, 'beta0: received -1'],
  ['vbgmm', { components: 3, nu0: Number.POSITIVE_INFINITY }, 'nu0: received Infinity'],
  ['dpgmm', { components: 3, discount: 0.5 }, 'discount: a dpgmm has no such setting'],
  ['pypgmm', { components: 3, discount: 1 }, 'discount: received 1, expected a number from 0 up to, but not, 1'],
  ['pypgmm', { components: 3, discount: -0.1 }, 'discount: received -0.1'],
] as [ModelName, FitSettings, string][])('%s %j is refused', (model, settings, message) => {
  expect(() => new Estimator(model, settings)).toThrow(message);
  expect(() => new Estimator(model, settings)).toThrow(expect.objectContaining({ name: 'SettingError' }));
});

test('ν₀ is checked against the dimensions of the data', async () => {
  const data = [
    [1, 2],
    [3, 5],
    [2, 2.5],
    [0, 1],
  ];
  const fitted = (covariance: FitSettings['covariance'], nu0: number) =>
    new Estimator('vbgmm', { components: 2, covariance, nu0, iterations: 1 }).fit(data);
  await expect(fitted('full', 1)).rejects.toThrow('nu0: received 1, expected more than 1 for 2 dimensions');
  await expect(fitted('tied', 0.5)).rejects.toThrow('nu0: received 0.5, expected more than 1');
  await expect(fitted('diagonal', 0.5)).resolves.toBeDefined();
});

test('a model is fitted on with what it was made with', async () => {
  const data = [
    [1, 2],
    [3, 5],
    [2, 2.5],
    [0, 1],
  ];
  const init = await new GaussianMixture({ components: 2, covariance: 'diagonal', iterations: 1 }).fit(data);
  expect(() => new GaussianMixture({ init, components: 3 })).toThrow(
    'components: received 3, but the model to begin with has 2',
  );
  expect(() => new KMeans({ init, components: 3 })).toThrow('components: received 3');
  expect(() => new KMeans({ init, restarts: 2 })).toThrow('restarts: given means leave nothing to chance');
  expect(() => new GaussianMixture({ init, covariance: 'full', start: 'labels' })).toThrow(
    'start: components that a model gives are entered as they are',
  );
  expect(() => new GaussianMixture({ init, regCovar: 1 })).toThrow('regCovar: the model to fit on from has its own');
  await expect(new GaussianMixture({ init }).fit([[1, 2, 3]])).rejects.toThrow(
    'has 3 columns, but the model to fit on from has 2',
  );
  expect(
    (await new GaussianMixture({ init, components: 2, covariance: 'diagonal', iterations: 3 }).fit(data)).iterations,
  ).toBe(4);
});

test('what needs more memory than there can be is refused at once', async () => {
  const wide = { data: new Float64Array(200_000), dimensions: 100_000 };
  await expect(new GaussianMixture({ components: 1, init: 'random' }).fit(wide)).rejects.toThrow(
    /components: 1 of 100000 dimensions need \d+ GiB/,
  );
});
