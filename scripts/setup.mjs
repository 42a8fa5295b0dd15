// Makes a clone ready: installs what the lockfile names and builds, each only if something changed since the last time.
// With --blas it also gets OpenBLAS from the system's packages where that is allowed; without it WebAssembly computes.
// With --browser also gets a browser to test megamix/core in. With --python also gets the Python packages that results and files are compared with.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (changed('package-lock.json') > changed('node_modules/.package-lock.json')) {
  say('installing packages');
  // Lifecycle scripts of this call must not change how packages are installed.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
try {
  await (await import('./build.mjs')).buildIfStale();
  if (process.argv.includes('--blas')) await installBlas();
  if (process.argv.includes('--browser') && !(await import('./browser.mjs')).ensureBrowser()) {
    say('skipped: no browser can be had here (no apt-get, or not allowed to use it); megamix/core is tested without');
  }
  if (process.argv.includes('--python') && !(await import('./python.mjs')).ensurePython()) {
    say('skipped: there is no python3 with venv here');
  }
} catch (error) {
  fail(error.message);
}

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

/** The time of a file's last change; 0 if there is none. */
function changed(path) {
  const full = join(root, path);
  return existsSync(full) ? statSync(full).mtimeMs : 0;
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function fail(why) {
  console.error(`setup: ${why}`);
  process.exit(1);
}

function say(what) {
  console.error(`setup: ${what} …`);
}
