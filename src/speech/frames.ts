// Samples become overlapping frames.
import { type FrameLayout, layoutOf, type SoundFrontEnd } from './front-end.ts';

const LEAST_CAPACITY = 1 << 12;

/** Called with a frame, which begins at `start` of the numbers and is valid until it returns. */
export type OnFrame = (sound: Float64Array, start: number) => void;

/** Number of frames of `samples` samples. */
export function frameCount(frontEnd: SoundFrontEnd, samples: number): number {
  const { frame, shift } = layoutOf(frontEnd);
  if (!frontEnd.snipEdges) return Math.floor((samples + Math.floor(shift / 2)) / shift);
  return samples < frame ? 0 : 1 + Math.floor((samples - frame) / shift);
}

/** The first sample of the first frame; of frames that reach beyond the sound one before it. */
function firstSample({ snipEdges }: SoundFrontEnd, { frame, shift }: FrameLayout): number {
  return snipEdges ? 0 : Math.floor(shift / 2) - Math.floor(frame / 2);
}

/**
 * Times, in seconds, of `count` frames from one on: the middle of each, between the beginning of its first sample and the end of its last. Of a frame
 * that reaches beyond the sound, where edges are not snipped, it is the middle of the whole frame. Sample i of R a second begins at i / R.
 */
export function frameTimes(frontEnd: SoundFrontEnd, from: number, count: number): Float64Array {
  const layout = layoutOf(frontEnd);
  const middle = firstSample(frontEnd, layout) + layout.frame / 2;
  return Float64Array.from({ length: count }, (_, n) => ((from + n) * layout.shift + middle) / frontEnd.sampleRate);
}

/** Samples that come in pieces of any size, as frames that overlap; a frame is passed on as soon as its last sample is there. */
export class Frames {
  /** Samples that came. */
  samples = 0;
  readonly #frontEnd: SoundFrontEnd;
  readonly #onFrame: OnFrame;
  readonly #length: number;
  readonly #shift: number;
  /** The last samples that came, those from number `base` on. */
  readonly #recent: Float64Array;
  #base = 0;
  /** The first sample of the next frame, and its number. */
  #next: number;
  #told = 0;
  /** For frames that reach beyond the sound. */
  readonly #mirrored: Float64Array;

  constructor(frontEnd: SoundFrontEnd, onFrame: OnFrame) {
    const layout = layoutOf(frontEnd);
    const { frame, shift } = layout;
    this.#frontEnd = frontEnd;
    this.#onFrame = onFrame;
    this.#length = frame;
    this.#shift = shift;
    this.#recent = new Float64Array(Math.max(4 * frame, LEAST_CAPACITY));
    this.#mirrored = new Float64Array(frame);
    this.#next = firstSample(frontEnd, layout);
  }

  push(sound: Float64Array): void {
    const recent = this.#recent;
    for (let at = 0; at < sound.length; ) {
      let filled = this.samples - this.#base;
      if (filled === recent.length) {
        // One more than frames begin with: an odd frame at the end is mirrored so far.
        const dropped = Math.min(filled, Math.max(0, this.#next - 1 - this.#base));
        recent.copyWithin(0, dropped, filled);
        this.#base += dropped;
        filled -= dropped;
      }
      const taken = Math.min(recent.length - filled, sound.length - at);
      for (let i = 0; i < taken; i++) recent[filled + i] = sound[at + i]!;
      at += taken;
      this.samples += taken;
      while (this.#next + this.#length <= this.samples) this.#tell();
    }
  }

  /** The frames that are not whole, where they count. */
  end(): void {
    const count = frameCount(this.#frontEnd, this.samples);
    while (this.#told < count) this.#tell();
  }

  #tell(): void {
    const start = this.#next;
    if (start >= 0 && start + this.#length <= this.samples) this.#onFrame(this.#recent, start - this.#base);
    else {
      for (let i = 0; i < this.#length; i++) this.#mirrored[i] = this.#recent[this.#inside(start + i) - this.#base]!;
      this.#onFrame(this.#mirrored, 0);
    }
    this.#next += this.#shift;
    this.#told++;
  }

  /** The sample that stands for one beyond the ends. */
  #inside(sample: number): number {
    let inside = sample;
    while (inside < 0 || inside >= this.samples) inside = inside < 0 ? -inside - 1 : 2 * this.samples - 1 - inside;
    return inside;
  }
}
