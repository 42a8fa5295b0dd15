import { Memory } from './memory.ts';

const RUN = 1 << 16;
let room: Room | undefined;

interface Room {
  readonly memory: Memory;
  readonly halves: number;
  readonly floats: number;
}

/** IEEE 754 binary16 numbers as floats, exactly. */
export function fromHalves(halves: Uint16Array): Float32Array {
  room ??= makeRoom();
  const { memory, halves: from, floats: to } = room;
  const out = new Float32Array(halves.length);
  for (let start = 0; start < halves.length; start += RUN) {
    const run = halves.subarray(start, start + RUN);
    memory.words(from, run.length).set(run);
    memory.calls.decode!(from, run.length, to);
    out.set(memory.floats(to, run.length), start);
  }
  return out;
}

function makeRoom(): Room {
  const memory = new Memory();
  const made = { memory, halves: memory.reserve(RUN * 2), floats: memory.reserve(RUN * 4) };
  memory.allocate();
  return made;
}
