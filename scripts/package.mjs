// Whether the package is what its users need: publint, Are the types wrong?, and a program that uses it, compiled by old and new TypeScript.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const consumer = join(root, '.cache', 'consumer');
const OLDEST = '5.0.4';

/** What a compiler may be told, besides being strict. */
const ways = [
  { module: 'nodenext', moduleResolution: 'nodenext', lib: ['ES2022'] },
  { module: 'nodenext', moduleResolution: 'nodenext', lib: ['ES2022', 'DOM', 'DOM.Iterable'] },
  { module: 'esnext', moduleResolution: 'bundler', lib: ['ES2022'] },
  { module: 'esnext', moduleResolution: 'bundler', lib: ['ES2022', 'DOM', 'DOM.Iterable'] },
];

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    timeout: 300_000,
  });
  if (status !== 0) process.exitCode = 1;
  return status === 0;
}

/** The compiler of a version that is not the project's own; undefined where the registry cannot be had. */
function oldest() {
  const folder = join(root, '.cache', `typescript-${OLDEST}`);
  const compiler = join(folder, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler)) {
    mkdirSync(folder, { recursive: true });
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', `typescript@${OLDEST}`];
    spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32', timeout: 120_000 });
  }
  return existsSync(compiler) ? compiler : undefined;
}

const program = (/** @type {string} */ name) => join(root, 'node_modules', '.bin', name);
run(program('publint'), '--strict');
run(program('attw'), '--pack', root, '--profile', 'esm-only', '--quiet');

rmSync(consumer, { recursive: true, force: true });
mkdirSync(join(consumer, 'node_modules'), { recursive: true });
symlinkSync(root, join(consumer, 'node_modules', 'megamix'), 'junction');
copyFileSync(join(root, 'test', 'consumer', 'index.ts'), join(consumer, 'index.ts'));
writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }');
const old = oldest();
if (!old) console.error(`skipped: TypeScript ${OLDEST} cannot be had here`);
for (const compiler of [old, join(root, 'node_modules', 'typescript', 'bin', 'tsc')]) {
  for (const way of compiler ? ways : []) {
    const compilerOptions = {
      ...way,
      target: 'ES2022',
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
      noEmit: true,
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
    };
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.ts'] }));
    const isRight = run(process.execPath, /** @type {string} */ (compiler), '-p', consumer);
    if (!isRight) console.error(`does not compile: ${compiler}, ${JSON.stringify(way)}`);
  }
}
