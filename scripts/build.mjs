// Compiles src to dist: `npm run build` always does, `buildIfStale` where dist is not the build of the sources as they are.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCore } from './core.mjs';
import { forOldTypeScript } from './declarations.mjs';
import { bundleGamma } from './gamma.mjs';
import { noticeOf } from './notice.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const SOURCES = [
  'src',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/core.mjs',
  'scripts/declarations.mjs',
  'scripts/gamma.mjs',
  'scripts/notice.mjs',
];
const TIME_LIMIT = 300_000;

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();

/** Builds if the contents of any source differ from those that dist was built of. */
export async function buildIfStale() {
  const stamp = join(dist, '.built');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint()) await build();
}

/** Builds beside dist, then takes its place: half a build is never seen. */
async function build() {
  console.error('setup: building …');
  const sources = fingerprint(); // before the build, so that what changes during it is stale afterwards
  const made = join(root, '.cache', `build-${process.pid}`);
  const old = `${made}-old`;
  try {
    mkdirSync(made, { recursive: true });
    run('tsc', '-p', 'tsconfig.build.json', '--outDir', made);
    forOldTypeScript(made);
    const modules = await bundleGamma(made);
    compileKernels(join(made, 'kernels', 'kernels.wasm'), `${made}-assembly`);
    modules.push(...(await bundleCore(made)));
    writeFileSync(join(made, 'THIRD-PARTY.txt'), noticeOf(root, modules));
    chmodSync(join(made, 'cli', 'main.js'), 0o755);
    writeFileSync(join(made, '.built'), sources);
    while (!replace(made, old)); // again if another build took its place in between
  } finally {
    for (const path of [made, old, `${made}-assembly`]) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Compiles the AssemblyScript. Its language cannot export generic functions: `of-doubles.ts` says them for doubles, and the same for
 * floats is made of it here.
 *
 * @param {string} wasm
 * @param {string} copy
 */
function compileKernels(wasm, copy) {
  cpSync(join(root, 'src', 'kernels', 'assembly'), copy, { recursive: true });
  const ofDoubles = readFileSync(join(copy, 'of-doubles.ts'), 'utf8');
  const ofFloats = ofDoubles
    .replace(/(export function \w+?)64(?=\(|as)/g, (_, name) => `${name}32`)
    .replaceAll('<f64', '<f32');
  writeFileSync(join(copy, 'of-floats.ts'), ofFloats);
  run('asc', join(copy, 'index.ts'), '--config', join(copy, 'asconfig.json'), '--outFile', wasm);
}

/**
 * Puts a finished build where dist is, which goes to `old`; returns whether no other build was faster.
 *
 * @param {string} made
 * @param {string} old
 */
function replace(made, old) {
  rmSync(old, { recursive: true, force: true });
  try {
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(made, dist);
    return true;
  } catch (/** @type {any} */ error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) return false;
    throw error;
  }
}

/** A hash of the names and contents of all sources. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (/** @type {string} */ path) => {
    const full = join(root, path);
    if (statSync(full).isDirectory()) for (const name of readdirSync(full).sort()) add(join(path, name));
    else hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
  };
  for (const path of SOURCES) add(path);
  return hash.digest('hex');
}

/**
 * Runs a program of node_modules.
 *
 * @param {string} name
 * @param {string[]} args
 */
function run(name, ...args) {
  const { status, error } = spawnSync(join(root, 'node_modules', '.bin', name), args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    timeout: TIME_LIMIT,
    killSignal: 'SIGKILL',
  });
  if (status !== 0) throw new Error(`${name} failed${error ? `: ${error.message}` : ''}`);
}
