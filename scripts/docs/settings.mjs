// Makes of the tables of settings what repeats them: their TypeScript types and docs/settings.md (npm run generate).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runnerImport } from 'vite';

/** @import { Definition } from '../../src/util/definition.ts' */
/** @typedef {Readonly<Record<string, Definition & import('../../src/fitting/setting-table.ts').OfFits>>} Table */

export const root = join(import.meta.dirname, '..', '..');

/** Every table, what the interface of its settings is called, and the file that it is written to. */
const tables = [
  {
    table: 'src/fitting/setting-table.ts',
    name: 'fitDefinitions',
    interface: 'FitSettings',
    summary: 'Settings of an estimator. A model, and an algorithm, takes only the settings that belong to it.',
    file: 'src/fitting/settings-types.ts',
  },
  {
    table: 'src/fitting/online/setting-table.ts',
    name: 'onlineDefinitions',
    interface: 'OnlineSettings',
    summary: 'How a model learns from an endless stream.',
    file: 'src/fitting/settings-types.ts',
  },
  {
    table: 'src/inference/adaptation.ts',
    name: 'adaptationDefinitions',
    interface: 'Adaptation',
    summary: 'How a mixture is adapted.',
    file: 'src/inference/settings-types.ts',
  },
  {
    table: 'src/speech/definitions.ts',
    name: 'definitions',
    interface: 'FrontEndSettings',
    summary: "How sound becomes rows of numbers; the words and defaults are Kaldi's, where nothing else is said.",
    file: 'src/speech/settings-types.ts',
  },
];

/** What the files of interfaces begin with. */
const heads = {
  'src/fitting/settings-types.ts': `// The settings of fits and online fits, for TypeScript; made by \`npm run generate\`.
import type { MixtureModel } from '../inference/model.ts';
import type { CovarianceName } from '../mixture/covariance/index.ts';
import type { DistanceName } from '../mixture/distance.ts';
import type { RowData } from '../sources/data.ts';
import type { AlgorithmName } from './algorithms/index.ts';
import type { StepSize } from './algorithms/step-size.ts';
import type { InitName } from './initialization/initializers.ts';
`,
  'src/inference/settings-types.ts': `// The settings of adaptation, for TypeScript; made by \`npm run generate\`.
`,
  'src/speech/settings-types.ts': `// The settings of the front end, for TypeScript; made by \`npm run generate\`.
import type { WindowName } from './window.ts';
`,
};

const load = async (/** @type {string} */ file) => (await runnerImport(join(root, file), { configFile: false })).module;
/** @type {any} */
const { defaultText, flagName, flagsOf } = await load('src/util/definition.ts');
/** @type {any} */
const { models } = await load('src/mixture/model-table.ts');
const loaded = await Promise.all(
  tables.map(async (each) => ({
    ...each,
    rows: /** @type {Table} */ (/** @type {any} */ (await load(each.table))[each.name]),
  })),
);

/** The models that take a setting; undefined if all do. @param {Table[string]} definition */
const modelsOf = ({ family }) =>
  family && Object.keys(models).filter((model) => models[model].settings.includes(family));

/** Whose a setting is, where it is not everybody's. @param {Table[string]} definition */
const ownersOf = (definition) => [...(modelsOf(definition) ?? []), ...(definition.algorithms ?? [])].join(', ');

/** @param {string} name @param {Table[string]} definition */
const flagList = (name, definition) =>
  flagsOf(name, definition)
    .map((/** @type {{ name: string }} */ flag) => `\`${flagName(flag.name)}\``)
    .join(', ');

/** Text in lines of a comment, no longer than the width of the code. @param {string} text @param {string} begin */
function wrapped(text, begin) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 118) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${begin}${word}`);
  }
  return lines.join('\n');
}

/** A setting as a member of an interface, with all that is said of it. @param {string} name @param {Table[string]} definition */
function member(name, definition) {
  const { meaning, expected, type } = definition;
  const owners = ownersOf(definition);
  const facts = [
    `Range: ${expected}.`,
    owners && `Of: ${owners}.`,
    `On the command line: ${flagList(name, definition)}.`,
  ];
  const text = defaultText(definition);
  return [
    '  /**',
    wrapped(meaning, '   * '),
    '   *',
    wrapped(facts.filter(Boolean).join(' '), '   * '),
    ...(text === undefined ? [] : ['   *', `   * @defaultValue ${text}`]),
    '   */',
    `  readonly ${name}?: ${type} | undefined;`,
  ].join('\n');
}

/** The files of interfaces, by their paths. @returns {Map<string, string>} */
export function typeFiles() {
  const interfaces = (/** @type {string} */ file) =>
    loaded
      .filter((each) => each.file === file)
      .map(({ interface: name, summary, rows }) => {
        const members = Object.entries(rows).map((each) => member(...each));
        return `\n/** ${summary} */\nexport interface ${name} {\n${members.join('\n')}\n}\n`;
      });
  return new Map(Object.entries(heads).map(([file, head]) => [file, head + interfaces(file).join('')]));
}

const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|');

/** The settings of a table as Markdown, a table for each heading. @param {Table} rows */
function sections(rows) {
  const groups = [...new Set(Object.values(rows).map(({ group }) => group))];
  return groups.map((group) => {
    const lines = Object.entries(rows)
      .filter(([, definition]) => definition.group === group)
      .map(([name, definition]) => {
        const cells = [
          `\`${name}\``,
          flagList(name, definition),
          defaultText(definition) ?? '',
          definition.expected,
          ownersOf(definition) || 'all',
          definition.meaning,
        ];
        return `| ${cells.map(cell).join(' | ')} |`;
      });
    return [
      `### ${group}`,
      '',
      '| setting | flags | default | range | of | |',
      '| ------- | ----- | ------- | ----- | -- | --- |',
      ...lines,
    ].join('\n');
  });
}

/** docs/settings.md. */
export function page() {
  const [fits, online, adaptation, sound] = loaded.map(({ rows }) => sections(rows).join('\n\n'));
  const stored = loaded
    .flatMap(({ rows }) => Object.entries(rows))
    .filter(([, definition]) => definition.stored)
    .map(([name, { stored }]) => `| \`${name}\` | \`${stored}\` |`);
  return `# Settings

<!-- made by npm run generate -->

Every setting, from the tables that the library itself reads. A setting that is wrong, or does not belong to the model or the algorithm, is refused by
name: by TypeScript where it can see it, by a \`SettingError\` otherwise. K is the number of components, D that of columns.

## Fits

\`new GaussianMixture({ components: 8 })\` and the other models, \`megamix fit\`; also what \`megamix online\` begins with.

${fits}

## Online fits

\`estimator.online({ window: 256 })\`, \`megamix online\`.

${online}

## Adaptation

\`model.adapt(data, { relevance: 16 })\`, \`megamix adapt\`.

${adaptation}

## Sound

\`fit(data, { frontEnd: { melBins: 40 } })\`, \`new FeatureTransform({ melBins: 40 })\`, \`megamix features\` and \`megamix fit\`.

${sound}

## In model files

What a fitted model still needs of its settings is stored with it, under these names of attributes and datasets.

| setting | name in the file |
| ------- | ---------------- |
${stored.join('\n')}
`;
}

/** All that is made of the tables, by path. @returns {Map<string, string>} */
export const generated = () => new Map([...typeFiles(), ['docs/settings.md', page()]]);

if (process.argv[1] === import.meta.filename) {
  for (const [file, text] of generated()) {
    const path = join(root, file);
    if (readOrNothing(path) !== text) writeFileSync(path, text);
  }
}

/** @param {string} path */
function readOrNothing(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
