import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** @typedef {Readonly<Record<string, number>>} Sample */

/** One whole thing more at the end than at the beginning, on average, is one too many. */
const ONE = () => 1;

/** What is noted, and which growth over the whole run is still none. */
export const quantities = {
  'resident memory': { unit: 'MB', allowed: (/** @type {number} */ mean) => 0.05 * mean },
  'open files': { unit: '', allowed: ONE },
  'active resources': { unit: '', allowed: ONE },
  threads: { unit: '', allowed: ONE },
  'temporary files': { unit: '', allowed: ONE },
  'longest delay of the event loop': { unit: 'ms', allowed: (/** @type {number} */ mean) => Math.max(20, 0.2 * mean) },
};

/** What the open files of the process are, and how many of each. */
export function openFiles() {
  const counts = new Map();
  for (const number of readdirSync('/proc/self/fd')) {
    let target = 'one that was closed';
    try {
      target = readlinkSync(`/proc/self/fd/${number}`).replace(/\d+/g, 'N');
    } catch {}
    counts.set(target, (counts.get(target) ?? 0) + 1);
  }
  return [...counts].map(([target, count]) => `${count} × ${target}`).sort();
}

/** Notes what the process holds. */
export class Probe {
  #temporary;
  #delay = monitorEventLoopDelay({ resolution: 5 });

  /** @param {string} temporary the folder of temporary files */
  constructor(temporary) {
    this.#temporary = temporary;
    this.#delay.enable();
  }

  /** @returns {Sample} */
  sample() {
    const longest = this.#delay.max / 1e6;
    this.#delay.reset();
    return {
      'resident memory': process.memoryUsage.rss() / 1e6,
      'open files': readdirSync('/proc/self/fd').length,
      'active resources': process.getActiveResourcesInfo().length,
      threads: Number(/^Threads:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]),
      'temporary files': readdirSync(this.#temporary).length,
      'longest delay of the event loop': longest,
    };
  }
}
