// Decodes float16 numbers.
import { Memory } from './wasm-memory.ts';

const RUN = 1 << 16;
let room: Room | undefined;

interface Room {
  readonly memory: Memory;
  readonly halves: number;
  readonly floats: number;
}

/** Writes IEEE 754 binary16 numbers as floats, exactly; returns whether all are finite. */
export function fromHalves(halves: Uint16Array, out: Float32Array): boolean {
  room ??= makeRoom();
  const { memory, halves: from, floats: to } = room;
  let allFinite = true;
  for (let start = 0; start < halves.length; start += RUN) {
    const run = halves.subarray(start, start + RUN);
    memory
      .words(from, run.length + 8)
      .fill(0, run.length)
      .set(run);
    if (memory.calls.decode!(from, run.length, to) === 0) allFinite = false;
    out.set(memory.floats(to, run.length), start);
  }
  return allFinite;
}

function makeRoom(): Room {
  const memory = new Memory();
  const made = { memory, halves: memory.reserve(RUN * 2 + 16), floats: memory.reserve(RUN * 4) };
  memory.allocate();
  return made;
}
