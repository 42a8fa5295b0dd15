import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { circles, floors, importGraph, roomOf, sourceFiles, summaryOf, withPlan } from '../scripts/house.mjs';
import { covarianceTypes } from '../src/mixture/covariance/index.ts';
import { models } from '../src/mixture/model-table.ts';

const root = join(import.meta.dirname, '..');
const text = (name: string): string => readFileSync(join(root, name), 'utf8');
const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));

const graph = importGraph();

test('ARCHITECTURE.md lists every source file with what its first line says', () => {
  expect(sourceFiles().filter((file) => !summaryOf(file))).toEqual([]);
  expect(text('ARCHITECTURE.md'), 'npm run house').toBe(withPlan(text('ARCHITECTURE.md')));
});

test('no file imports itself by way of others', () => {
  expect(circles(graph)).toEqual([]);
  expect(
    circles(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
  ).toEqual([['b', 'c']]); // it can be seen
});

test('rooms import from those below only', () => {
  const rooms = floors.map(([room]) => room as string);
  const upward = [...graph].flatMap(([file, imported]) => {
    expect(rooms).toContain(roomOf(file));
    const above = imported.filter((other) => rooms.indexOf(roomOf(other)) > rooms.indexOf(roomOf(file)));
    return above.map((other) => `${file} → ${other}`);
  });
  expect(upward).toEqual([]);
  expect(graph.get('inference/model.ts')).toContain('chunk.ts'); // the graph is there
});

test('the mathematics knows no files, streams or threads', () => {
  const impure = /from 'node:|\bprocess\.\w|\bconsole\.|\bDate\b|Math\.random/;
  const files = sourceFiles().filter((file) => roomOf(file) === 'mixture');
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => impure.test(text(`src/${file}`)))).toEqual([]);
});

test('every file that ARCHITECTURE.md and README.md name is there', () => {
  for (const document of ['ARCHITECTURE.md', 'README.md']) {
    for (const [, name] of text(document).matchAll(/`((?:src|bench|scripts|test|examples|data)\/[\w./-]+\.\w+)`/g)) {
      expect(() => readFileSync(join(root, name!)), `${document}: ${name}`).not.toThrow();
    }
  }
});

test('README.md names every model, covariance type and command', () => {
  const readme = text('README.md');
  const commands = [...text('src/cli/commands.ts').matchAll(/import\('\.\/(\w+)\.ts'\)/g)].map(([, name]) => name!);
  const names = [...Object.keys(models), ...Object.keys(covarianceTypes), ...commands.map((name) => `megamix ${name}`)];
  expect(commands.length).toBeGreaterThan(3);
  for (const name of names) expect(readme).toContain(`\`${name}`);
});

test('model names are compared nowhere outside the table', () => {
  const quoted = new RegExp(`[!=]== '(${[...Object.keys(models), ...Object.keys(covarianceTypes)].join('|')})'`);
  expect(sources.filter((name) => quoted.test(text(name)))).toEqual([]);
});

test('property tests have the seed of test/setup/properties.ts, and nothing else is left to chance', () => {
  const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.ts') && !/(architecture\.test|setup\/properties)\.ts$/.test(name));
  const chance = /from 'fast-check'|Math\.random|Date\.now|new Date\(\)/;
  expect(tests.length).toBeGreaterThan(50);
  expect(tests.filter((name) => chance.test(text(name)))).toEqual([]);
});
