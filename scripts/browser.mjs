// A browser to test megamix/core in: one of the machine, or Debian's Chromium.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** The path of a browser that is there, by the environment variable MEGAMIX_BROWSER or where programs are looked for. */
export function findBrowser() {
  const { MEGAMIX_BROWSER, PATH = '' } = process.env;
  const places = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [MEGAMIX_BROWSER, ...places].find((path) => path && existsSync(path));
}

/** Installs one where that is allowed; returns whether one is there. */
export function ensureBrowser() {
  const apt = (/** @type {string[]} */ ...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync('apt-get', args, { stdio: 'ignore', env, timeout: 180_000 }).status === 0;
  };
  const install = () => apt('install', '--yes', '--no-install-recommends', 'chromium');
  if (!findBrowser() && process.getuid?.() === 0) install() || (apt('update') && install());
  return findBrowser() !== undefined;
}
