// Gets the peers, in exact versions, into .cache; whatever cannot be had is told why.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const cache = join(import.meta.dirname, '..', '..', '.cache');

/**
 * @typedef {object} Peer
 * @property {string} label
 * @property {string} directory in .cache
 * @property {string[]} packages
 * @property {string} imports what works once it is there
 * @property {{ packages: string[], env: Record<string, string>, args: string[] }} [after] a second step
 */

const SCIKIT = ['numpy==2.4.6', 'scipy==1.17.1', 'scikit-learn==1.9.1', 'threadpoolctl==3.8.0'];

/** @satisfies {Record<string, Peer>} */
const pythonPeers = {
  scikit: {
    label: 'scikit-learn',
    directory: 'bench-python',
    packages: SCIKIT,
    imports: 'sklearn.mixture, sklearn.cluster, threadpoolctl',
  },
  faiss: {
    label: 'faiss',
    directory: 'bench-python',
    packages: ['numpy==2.4.6', 'faiss-cpu==1.15.1'],
    imports: 'faiss',
  },
  // Its setup script needs NumPy and Cython at hand, its code a NumPy before 2.4, so it lives apart. READTHEDOCS makes the
  // script leave out the compiled online classes, which nothing here uses, and a list of requirements that pip refuses.
  megamix: {
    label: 'megamix (Python)',
    directory: 'bench-python-megamix',
    packages: [
      'numpy==1.26.4',
      'scipy==1.13.1',
      'h5py==3.11.0',
      'joblib==1.4.2',
      'threadpoolctl==3.8.0',
      'setuptools==65.5.0',
      'wheel',
      'cython==3.0.12',
    ],
    imports: 'numpy, scipy, h5py, joblib, threadpoolctl, importlib.util as u; assert u.find_spec("megamix")',
    after: { packages: ['megamix==0.3.2'], env: { READTHEDOCS: 'True' }, args: ['--no-build-isolation', '--no-deps'] },
  },
  spark: {
    label: 'Spark MLlib',
    directory: 'bench-python-spark',
    packages: ['numpy==2.4.6', 'pyspark==4.0.1'],
    imports: 'pyspark, numpy',
  },
};

/** @typedef {keyof typeof pythonPeers | 'mlKmeans'} PeerName */

/** @type {Record<PeerName, string>} */
export const peerLabels = {
  scikit: pythonPeers.scikit.label,
  faiss: pythonPeers.faiss.label,
  megamix: pythonPeers.megamix.label,
  spark: pythonPeers.spark.label,
  mlKmeans: 'ml-kmeans',
};

/** @param {PeerName} name */
export function pythonOf(name) {
  return name === 'mlKmeans' ? undefined : join(cache, pythonPeers[name].directory, 'bin', 'python');
}

/**
 * Installs a peer if it is not there.
 *
 * @param {PeerName} name
 * @returns {string | undefined} why it cannot be had
 */
export function install(name) {
  return name === 'mlKmeans' ? installMlKmeans() : installPython(pythonPeers[name], pythonOf(name) ?? '');
}

/**
 * @param {Peer} peer
 * @param {string} python
 */
function installPython({ label, directory, packages, imports, after }, python) {
  const works = () => run(python, ['-c', `import ${imports}`]);
  if (existsSync(python) && works() === undefined) return undefined;
  console.error(`installing ${label} …`);
  if (label === peerLabels.spark) {
    const noJava = run('java', ['-version']);
    if (noJava) return `it needs Java (${noJava})`;
  }
  if (!existsSync(python)) {
    const failed = run('python3', ['-m', 'venv', '--clear', join(cache, directory)]);
    if (failed) return `no Python 3 with venv (${failed})`;
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const failed =
    run(python, [...pip, ...packages]) ??
    (after && run(python, [...pip, ...after.args, ...after.packages], { ...process.env, ...after.env })) ??
    works();
  return failed && `pip cannot install it (${failed})`;
}

function installMlKmeans() {
  const directory = join(cache, 'bench-peers');
  if (existsSync(join(directory, 'node_modules', 'ml-kmeans'))) return undefined;
  console.error('installing ml-kmeans …');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', 'ml-kmeans@7.0.1'];
  const failed = run('npm', args, process.env, directory);
  if (failed) rmSync(directory, { recursive: true, force: true });
  return failed && `npm cannot install it (${failed})`;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [cwd]
 * @returns {string | undefined} what went wrong
 */
function run(command, args, env = process.env, cwd = cache) {
  mkdirSync(cache, { recursive: true });
  const { status, error, stderr } = spawnSync(command, args, { env, cwd, encoding: 'utf8' });
  if (status === 0) return undefined;
  const lines = (stderr ?? '').split('\n').filter((line) => /error/i.test(line) && !/complete log/.test(line));
  return (error?.message ?? lines.at(-1) ?? `${command} ended with ${status}`).trim().slice(0, 200);
}
