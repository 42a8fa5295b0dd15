// @ts-nocheck: it changes what modules of Node export
// Preloaded (node --import): lets threads of a kind die. MEGAMIX_DYING is KIND:WAY:MOMENT, as in worker:memory:3.
import { createRequire, syncBuiltinESMExports } from 'node:module';
import process from 'node:process';
import { setTimeout } from 'node:timers';
import threads from 'node:worker_threads';

/** What a thread does to die; `ended` waits for the main thread to terminate it. */
const ways = {
  thrown: () =>
    setTimeout(() => {
      throw new Error('thrown on purpose');
    }),
  exit: () => process.exit(3),
  memory() {
    const all = [];
    for (;;) all.push(new Array(1e6).fill(0.5));
  },
  ended() {
    new threads.BroadcastChannel('dying').postMessage(threads.threadId);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};

/** Kinds of threads: how they are told apart, and what messages to them the moments are. */
const kinds = {
  worker: { script: /e-step\/parallel\/worker\.js$/, moments: { middle: isNth('slot', 1), between: isNth('run', 2) } },
  reader: {
    script: /sources\/thread\/reader-worker\.js$/,
    moments: { middle: isNth('next', 2) },
  },
};

/** Whether a message is the n-th that has the field. */
function isNth(field, n) {
  let count = 0;
  return (message) => field in message && ++count === n;
}

const [kind, way, moment] = (process.env.MEGAMIX_DYING ?? '').split(':');
const STARTED = 'dying-started';
if (threads.isMainThread) watchThreads();
else if (kinds[kind]?.script.test(process.argv[1])) {
  const { parentPort } = threads;
  if (moment === 'start') ways[way]();
  // It dies before it obeys.
  const on = parentPort.on;
  parentPort.on = (event, listener) =>
    on.call(parentPort, event, (message) => {
      if (!kinds[kind].moments[moment]?.(message)) return listener(message);
      ways[way]();
    });
  const tell = parentPort.postMessage;
  parentPort.postMessage = (...args) => {
    tell.apply(parentPort, args);
    const started = new Int32Array(threads.getEnvironmentData(STARTED));
    Atomics.store(started, 0, 1);
    Atomics.notify(started, 0);
  };
}

/** Keeps the main thread from computing before its workers can, limits their memory, and terminates those that wait for it. */
function watchThreads() {
  const started = new SharedArrayBuffer(4);
  threads.setEnvironmentData(STARTED, started);
  const all = new Map();
  const channel = new threads.BroadcastChannel('dying');
  channel.unref();
  channel.onmessage = ({ data }) => void all.get(data)?.terminate();
  const { Worker } = threads;
  createRequire(import.meta.url)('node:worker_threads').Worker = class extends Worker {
    constructor(script, options) {
      const isOfKind = kinds[kind]?.script.test(script.pathname);
      const limits = { ...options.resourceLimits, maxOldGenerationSizeMb: 32 }; // soon full
      super(script, isOfKind ? { ...options, resourceLimits: limits } : options);
      all.set(this.threadId, this);
      if (isOfKind && kind === 'worker' && moment !== 'start') Atomics.wait(new Int32Array(started), 0, 0, 10_000);
    }
  };
  syncBuiltinESMExports();
}
