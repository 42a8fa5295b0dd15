// Makes a clone ready: installs what the lockfile names and builds, each only if something changed since the last time.
// With --blas it also gets OpenBLAS from the system's packages where that is allowed; without it WebAssembly computes.
// With --python also gets h5py, pyarrow, kaldiio and scikit-learn, for the tests that compare with them; without Python these are skipped, and
// say so.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PYTHON_PACKAGES = [
  'numpy==2.4.6',
  'h5py==3.16.0',
  'scipy==1.17.1',
  'scikit-learn==1.9.1',
  'pyarrow==26.0.1',
  'kaldiio==2.18.1',
];

if (!existsSync(join(root, 'src'))) process.exit(0); // An installed package comes built.

if (newest('package-lock.json') > newest('node_modules/.package-lock.json')) {
  say('installing packages');
  // Lifecycle scripts of this call must not change how packages are installed.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
const sources = ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
if (Math.max(...sources.map(newest)) > newest('dist/.built')) {
  say('building');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run('npm', ['run', '--silent', 'build']);
  writeFileSync(join(root, 'dist', '.built'), '');
}
if (process.argv.includes('--blas')) await installBlas();
if (process.argv.includes('--python')) installPython();

async function installBlas() {
  const { findBlas } = await import('../dist/kernels/blas-library.js');
  if (findBlas().blas) return;
  const apt = (args) =>
    spawnSync('apt-get', args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      .status === 0;
  const install = ['install', '--yes', '--no-install-recommends', 'libopenblas0'];
  if (process.getuid?.() === 0) say('installing OpenBLAS, to test the kernel blas with');
  if (process.getuid?.() === 0 && (apt(install) || (apt(['update']) && apt(install)))) return;
  say(
    'skipped: OpenBLAS cannot be had here (no apt-get, or not allowed to use it); tests of the kernel blas are skipped',
  );
}

function installPython() {
  const directory = join(root, '.cache', 'python');
  const python = join(directory, 'bin', 'python');
  const works = () =>
    spawnSync(python, ['-c', 'import h5py, sklearn, pyarrow, kaldiio'], { stdio: 'ignore' }).status === 0;
  if (existsSync(directory) && works()) return;
  say('installing h5py, pyarrow, kaldiio and scikit-learn, to check files and results with');
  const steps = [
    ['python3', ['-m', 'venv', '--clear', directory]],
    [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PYTHON_PACKAGES]],
  ];
  const done = steps.every(([command, args]) => spawnSync(command, args, { cwd: root, stdio: 'ignore' }).status === 0);
  if (!done || !works()) {
    rmSync(directory, { recursive: true, force: true });
    say(
      'skipped: h5py, pyarrow, kaldiio and scikit-learn cannot be had here (no Python 3 with venv, or no package index); their tests are skipped',
    );
  }
}

/** The time of the last change below a path; 0 if there is none. */
function newest(path) {
  const full = join(root, path);
  if (!existsSync(full)) return 0;
  const status = statSync(full);
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(status.mtimeMs, ...readdirSync(full).map((name) => newest(join(path, name))));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error(`setup: ${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}

function say(what) {
  console.error(`setup: ${what} …`);
}
