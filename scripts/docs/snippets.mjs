// Runs every snippet of README.md, CONTRIBUTING.md, docs/ and the API reference: `js` in Node, `sh` in bash, each page in a folder of its own.
// A block that cannot run says so, and why: ```sh no-run: needs a microphone
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { publicApi } from './api.mjs';
import { apiPages } from './api-pages.mjs';

const root = join(import.meta.dirname, '..', '..');
const LIMIT = 120_000; // ms for one block

/** Languages of blocks that are shown, not run. */
const SHOWN = new Set(['text', 'json', 'mermaid', 'csv']);

/** The fenced blocks of a page. @param {string} markdown */
export function blocksOf(markdown) {
  const found = markdown.matchAll(/^```(\w*)([^\n]*)\n([\s\S]*?)^```$/gm);
  return [...found].map(([whole, language = '', note = '', code = '']) => ({
    language,
    note: note.trim(),
    code,
    line: markdown.slice(0, markdown.indexOf(whole)).split('\n').length,
  }));
}

/** The pages by their names. @returns {Map<string, string>} */
export function pages() {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const files = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
  return new Map([
    ...files.map((name) => /** @type {const} */ ([name, readFileSync(join(root, name), 'utf8')])),
    ...apiPages(publicApi()),
  ]);
}

/** @type {Readonly<Record<string, { extension: string, command: string[] }>>} */
const runners = {
  js: { extension: 'mjs', command: [process.execPath] },
  sh: { extension: 'sh', command: ['bash', '-euo', 'pipefail'] },
};

/** The files that snippets speak of, made of the project's data. @param {string} folder */
function prepare(folder) {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'megamix'), 'dir');
  symlinkSync(join(root, 'node_modules', 'ml-matrix'), join(folder, 'node_modules', 'ml-matrix'), 'dir');
  symlinkSync(join(root, 'data'), join(folder, 'data'), 'dir');
  mkdirSync(join(folder, 'bin'));
  writeFileSync(
    join(folder, 'bin', 'megamix'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist', 'cli', 'main.js')}" "$@"\n`,
  );
  chmodSync(join(folder, 'bin', 'megamix'), 0o755);
  run(folder, 'js', readFileSync(join(import.meta.dirname, 'snippet-files.mjs'), 'utf8'), 'snippet-files');
}

/** @param {string} folder @param {string} language @param {string} code @param {string} name */
function run(folder, language, code, name) {
  const {
    extension,
    command: [program = '', ...options],
  } = /** @type {any} */ (runners)[language];
  const file = join(folder, `${name}.${extension}`);
  writeFileSync(file, code);
  const { status, signal, stdout, stderr } = spawnSync(program, [...options, file], {
    cwd: folder,
    timeout: LIMIT,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` },
  });
  if (status === 0) return;
  throw new Error(`exit ${signal ?? status}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
}

/** Runs what of the pages is wanted; returns how many blocks failed. @param {readonly string[]} wanted */
function runAll(wanted) {
  const prepared = mkdtempSync(join(tmpdir(), 'megamix-snippets-'));
  let [ran, left, failed] = [0, 0, 0];
  try {
    const template = join(prepared, 'template');
    mkdirSync(template);
    prepare(template);
    for (const [page, markdown] of pages()) {
      if (wanted.length > 0 && !wanted.some((name) => page.includes(name))) continue;
      const blocks = blocksOf(markdown).filter(({ language }) => !SHOWN.has(language));
      if (blocks.length === 0) continue;
      const folder = join(prepared, page.replaceAll('/', '-'));
      cpSync(template, folder, { recursive: true, verbatimSymlinks: true });
      const began = performance.now();
      for (const [i, { language, note, code, line }] of blocks.entries()) {
        if (/^no-run: \S/.test(note)) {
          left++;
          continue;
        }
        try {
          if (!Object.hasOwn(runners, language) || note !== '')
            throw new Error(`a block of '${language} ${note}': expected ${Object.keys(runners)}, or no-run: why`);
          run(folder, language, code, `snippet-${i}`);
          ran++;
        } catch (error) {
          failed++;
          console.error(`${page}:${line}: ${/** @type {Error} */ (error).message}\n${code}`);
        }
      }
      console.log(`${page}: ${blocks.length} snippets, ${((performance.now() - began) / 1000).toFixed(1)} s`);
    }
  } finally {
    rmSync(prepared, { recursive: true, force: true });
  }
  console.log(`${ran} snippets ran, ${left} are not to be run, ${failed} failed`);
  return failed;
}

if (process.argv[1] === import.meta.filename) process.exitCode = runAll(process.argv.slice(2)) === 0 ? 0 : 1;
