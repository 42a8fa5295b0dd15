// The worker threads of the process: as many as the pool that asks for the most.
import type { Computing } from '../../kernels/index.ts';
import type { Seat } from './seat.ts';
import { SharedThread } from './shared-thread.ts';

let threads: SharedThread[] = [];
let pools = 0;

/** A seat in each of so many threads, those that fewest share; they are started where there are not enough. */
export function joinCrew(count: number, computing: Computing): readonly Seat[] {
  pools++;
  threads = threads.filter(({ failure }) => failure === undefined);
  while (threads.length < count) threads.push(new SharedThread());
  const leastShared = threads.toSorted((one, other) => one.users - other.users);
  return leastShared.slice(0, count).map((thread) => thread.join(computing));
}

/** Gives seats back; threads end when nobody has one any more. */
export async function leaveCrew(seats: readonly Seat[]): Promise<void> {
  for (const seat of seats) seat.leave();
  pools--;
  if (pools > 0) return;
  const all = threads;
  threads = [];
  await Promise.all(all.map((thread) => thread.close()));
}
