// How a source is recognised.
export interface SourceFingerprint {
  readonly parts: readonly string[];
}
export function whatChanged(before: SourceFingerprint, now: SourceFingerprint): string | undefined {
  return JSON.stringify(before) === JSON.stringify(now) ? undefined : 'the data changed';
}
