// @ts-nocheck: it changes what modules of Node export
// Preloaded (node --import), or imported before anything else: lets the n-th call of a kind that writes files fail.
// MEGAMIX_FAILING is KIND:N:CODE, as in write:3:ENOSPC; N+ is the n-th and all after it. MEGAMIX_FAILING_COUNTS names a
// file for the numbers of calls.
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const fs = createRequire(import.meta.url)('node:fs');
const { O_RDWR, O_WRONLY } = fs.constants;

/** Kinds of calls that can fail. */
export const kinds = ['open', 'write', 'sync', 'rename', 'close'];

let counts = {};
let failing;

/** From now on calls are counted from 0, and the n-th of a kind fails (and, if it is lasting, all after it). */
export function arm(kind, n, code, isLasting = false) {
  counts = Object.fromEntries(kinds.map((each) => [each, 0]));
  failing = { kind, n, code, isLasting };
}

/** How many calls there were of each kind. */
export const calls = () => ({ ...counts });

/** The error of a call, if it is to fail. */
function faultOf(kind, syscall, path) {
  const count = ++counts[kind];
  const { n, code, isLasting } = failing;
  if (kind !== failing.kind || (isLasting ? count < n : count !== n)) return undefined;
  const named = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: made to fail, ${syscall}${named}`), { code, syscall, errno: -1, path });
}

const writes = (flags = 'r') =>
  typeof flags === 'number' ? (flags & (O_RDWR | O_WRONLY)) !== 0 : !/^(r|rs|sr)$/.test(flags);

/** Descriptors of files that are open for writing. */
const written = new Set();

/** A call by way of `around(call, args)`, where it is of the kind. */
function change(object, name, around) {
  const call = object[name];
  object[name] = function (...args) {
    return around((...given) => call.apply(this, given.length > 0 ? given : args), args, this);
  };
}

const throwing = (fault) => {
  if (fault) throw fault;
};

function changeSync() {
  change(fs, 'openSync', (call, [path, flags]) => {
    if (!writes(flags)) return call();
    throwing(faultOf('open', 'open', path));
    const file = call();
    written.add(file);
    return file;
  });
  for (const name of ['writeSync', 'ftruncateSync']) {
    change(fs, name, (call, [file]) => {
      if (written.has(file)) throwing(faultOf('write', 'write'));
      return call();
    });
  }
  change(fs, 'fsyncSync', (call) => {
    throwing(faultOf('sync', 'fsync'));
    return call();
  });
  change(fs, 'closeSync', (call, [file]) => {
    const isWritten = written.delete(file);
    const result = call();
    if (isWritten) throwing(faultOf('close', 'close'));
    return result;
  });
}

/** Calls with callbacks, which streams make. */
function changeCallbacks() {
  change(fs, 'open', (call, args) => {
    const [path, flags] = args;
    if (!writes(typeof flags === 'function' ? 'r' : flags)) return call();
    const done = args.at(-1);
    const fault = faultOf('open', 'open', path);
    if (fault) return process.nextTick(done, fault);
    return call(...args.slice(0, -1), (error, file) => {
      if (!error) written.add(file);
      done(error, file);
    });
  });
  for (const name of ['write', 'writev']) {
    change(fs, name, (call, args) => {
      const fault = written.has(args[0]) && faultOf('write', 'write');
      return fault ? process.nextTick(args.at(-1), fault) : call();
    });
  }
  change(fs, 'close', (call, args) => {
    const [file, done = () => {}] = args;
    if (!written.delete(file)) return call();
    const fault = faultOf('close', 'close');
    return call(file, (error) => done(error ?? fault ?? null));
  });
}

async function changePromises() {
  const { promises } = fs;
  const handle = await promises.open(import.meta.filename ?? new URL(import.meta.url).pathname);
  const { prototype } = handle.constructor;
  await handle.close();
  const ours = new WeakSet();
  change(promises, 'open', async (call, [path, flags]) => {
    if (!writes(flags)) return call();
    throwing(faultOf('open', 'open', path));
    const file = await call();
    ours.add(file);
    change(file, 'close', async (close) => {
      await close();
      throwing(faultOf('close', 'close'));
    });
    return file;
  });
  for (const name of ['write', 'writev', 'writeFile', 'appendFile', 'truncate']) {
    change(prototype, name, async (call, _, file) => {
      if (ours.has(file)) throwing(faultOf('write', 'write'));
      return call();
    });
  }
  for (const name of ['sync', 'datasync']) {
    change(prototype, name, async (call) => {
      throwing(faultOf('sync', 'fsync'));
      return call();
    });
  }
  change(promises, 'rename', async (call, [path]) => {
    throwing(faultOf('rename', 'rename', path));
    return call();
  });
  change(promises, 'copyFile', async (call, [, path]) => {
    throwing(faultOf('write', 'copyfile', path));
    return call();
  });
  change(promises, 'mkdtemp', async (call, [path]) => {
    throwing(faultOf('open', 'mkdtemp', path));
    return call();
  });
}

if (isMainThread) {
  const [kind, n = '0', code] = (process.env.MEGAMIX_FAILING ?? '').split(':');
  arm(kind, Number.parseInt(n, 10), code, n.endsWith('+'));
  const { writeFileSync } = fs;
  const into = process.env.MEGAMIX_FAILING_COUNTS;
  if (into) process.on('exit', () => writeFileSync(into, JSON.stringify(counts)));
  changeSync();
  changeCallbacks();
  await changePromises();
  syncBuiltinESMExports();
}
