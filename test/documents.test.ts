import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { publicApi } from '../scripts/docs/api.mjs';
import { commandReference } from '../scripts/docs/commands.mjs';
import { slugger } from '../scripts/docs/links.mjs';
import { blocksOf, pages } from '../scripts/docs/snippets.mjs';

const root = join(import.meta.dirname, '..');
const text = (name: string): string => readFileSync(join(root, name), 'utf8');

test('docs/commands.md is what the commands print', async () => {
  expect(text('docs/commands.md'), 'npm run docs').toBe(await commandReference());
});

test('every file that the documents name is there', () => {
  const documents = [...pages()].filter(([name]) => !name.startsWith('api/'));
  const folders = ['.', 'src', 'test/fuzz'];
  const missing = [...documents, ['ARCHITECTURE.md', text('ARCHITECTURE.md')] as const].flatMap(([name, document]) =>
    [...document.matchAll(/`([\w-]+(?:\/[\w.-]+)*\.(?:ts|mjs|md))`/g)]
      .map(([, file]) => file!)
      .filter((file) => folders.every((folder) => !existsSync(join(root, folder, file))))
      .map((file) => `${name}: ${file}`),
  );
  expect(missing).toEqual([]);
});

test('every snippet is run, or says why not', () => {
  const odd = [...pages()].flatMap(([name, page]) =>
    blocksOf(page)
      .filter(
        ({ language, note }) =>
          !['js', 'sh', 'text', 'json', 'mermaid'].includes(language) || !/^(no-run: \S.*)?$/.test(note),
      )
      .map(({ line }) => `${name}:${line}`),
  );
  expect(odd).toEqual([]);
});

test('anchors are named as GitHub names them', () => {
  const slug = slugger();
  expect(['Files that are damaged, or lie', '`fit`', 'CSV', 'CSV'].map(slug)).toEqual([
    'files-that-are-damaged-or-lie',
    'fit',
    'csv',
    'csv-1',
  ]);
});

describe('the public API', () => {
  const api = publicApi();

  test('every export and every member has a doc comment', () => {
    expect(api.flatMap(({ members }) => members).length).toBeGreaterThan(200);
    const bare = api.flatMap(({ name, doc, members }) => [
      ...(doc ? [] : [name]),
      ...members
        .filter((member) => !member.doc && !['constructor', 'name'].includes(member.name))
        .map((member) => `${name}.${member.name}`),
    ]);
    expect(bare).toEqual([]);
  });

  test('entry points have an example', () => {
    const withExample = new Set(
      api.flatMap(({ name, doc, members }) => [
        ...(doc?.tags.some((tag) => tag.name === 'example') ? [name] : []),
        ...members
          .filter((member) => member.doc?.tags.some((tag) => tag.name === 'example'))
          .map((member) => `${name}.${member.name}`),
      ]),
    );
    const estimators = api.filter(({ bases }) => bases.includes('Estimator')).map(({ name }) => name);
    const ofModel = [
      'load',
      'save',
      'predict',
      'score',
      'labels',
      'logProbabilities',
      'scorer',
      'sample',
      'simplify',
      'adapt',
    ];
    const entries = [
      ...estimators,
      ...['fit', 'fitWithReport', 'online'].map((name) => `Estimator.${name}`),
      ...ofModel.map((name) => `MixtureModel.${name}`),
      ...['openData', 'identify', 'partition', 'randomHoldOut', 'writeRows', 'OnlineFit', 'FeatureTransform'],
    ];
    expect(estimators.length).toBe(5);
    expect(entries.filter((name) => !withExample.has(name))).toEqual([]);
  });
});
