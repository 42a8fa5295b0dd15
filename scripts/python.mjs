// The Python environment that results and files are compared with, made in .cache/python, of pinned versions.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const directory = join(root, '.cache', 'python');
const python = join(directory, 'bin', 'python');
const TIME_LIMIT = 600_000;
const PACKAGES = {
  numpy: '2.4.6',
  h5py: '3.16.0',
  scipy: '1.17.1',
  'scikit-learn': '1.9.1',
  pyarrow: '26.0.1',
  kaldiio: '2.18.1',
};

/**
 * The path of its Python, installed first where it is not there yet; undefined on a machine without Python 3 and venv.
 *
 * @throws Error if there is Python, but the packages cannot be installed.
 */
export function ensurePython() {
  if (isComplete()) return python;
  if (run('python3', ['-c', 'import venv, ensurepip']).status !== 0) return undefined;
  console.error(`setup: installing ${Object.keys(PACKAGES).join(', ')} …`);
  const pinned = Object.entries(PACKAGES).map(([name, version]) => `${name}==${version}`);
  mustRun('python3', ['-m', 'venv', '--clear', directory]);
  mustRun(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...pinned]);
  if (!isComplete()) throw new Error(`${directory} does not have ${pinned.join(', ')}: remove it and try again`);
  return python;
}

/** Whether exactly these versions are there, and can be loaded. */
function isComplete() {
  const versions = Object.keys(PACKAGES).map((name) => `version('${name}')`);
  const script = `import h5py, kaldiio, pyarrow, scipy, sklearn\nfrom importlib.metadata import version\nprint(${versions})`;
  return run(python, ['-c', script]).stdout?.trim() === Object.values(PACKAGES).join(' ');
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function mustRun(command, args) {
  const { status, stderr, error } = run(command, args);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', timeout: TIME_LIMIT, killSignal: 'SIGKILL' });
}
