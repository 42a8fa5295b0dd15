// The thread of a test process that watches it: see watchdog.ts.
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { limit } = workerData;
/** @type {Set<number>} */
const children = new Set();
let what = 'a test file';
let timer = setTimeout(kill, limit);

parentPort?.on('message', (message) => {
  if (message.child) children.add(message.child);
  if (message.gone) children.delete(message.gone);
  if (!message.what) return;
  what = message.what;
  clearTimeout(timer);
  timer = setTimeout(kill, limit);
});

function kill() {
  writeSync(2, `\n${what}: no end after ${limit / 1000} s; its process is killed\n`);
  for (const child of children) end(child);
  end(process.pid);
}

/** @param {number} id of a process */
function end(id) {
  try {
    process.kill(id, 'SIGKILL');
  } catch {} // it has ended already
}
