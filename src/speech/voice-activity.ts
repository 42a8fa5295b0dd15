// Decides which rows have voice, by their energy.
import type { Shaping } from './front-end.ts';

/**
 * Which rows have voice: those around which enough rows have more log energy than a threshold, which follows its mean. That is Kaldi's
 * compute-vad (ivector/voice-activity-detection.cc).
 *
 * @returns 1 for rows that have.
 */
export function voicedRows(
  energies: Float64Array,
  { vadThreshold, vadMeanScale, vadContext, vadProportion }: Shaping,
): Uint8Array {
  const rows = energies.length;
  const mean = energies.reduce((sum, energy) => sum + energy, 0) / Math.max(1, rows);
  const threshold = vadThreshold + vadMeanScale * mean;
  return Uint8Array.from({ length: rows }, (_, n) => {
    const around = energies.subarray(Math.max(0, n - vadContext), n + vadContext + 1);
    const above = around.reduce((count, energy) => count + Number(energy > threshold), 0);
    return Number(above >= around.length * vadProportion);
  });
}
