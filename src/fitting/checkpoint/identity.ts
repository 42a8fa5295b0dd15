// What must be the same where a fit is resumed.
import { createHash } from 'node:crypto';
import { SettingError } from '../../errors.ts';
import { MixtureModel } from '../../inference/model.ts';
import type { Computing } from '../../kernels/index.ts';
import { namesOf } from '../../util/definition.ts';
import { type CheckedSettings, fitRows } from '../settings.ts';

/** Settings by their names, as texts. */
export type SettingTexts = Readonly<Record<string, string>>;

/** The settings that decide what a fit gives; those that say when it ends may change. */
export function settingTexts(settings: CheckedSettings, { kernel, precision }: Computing): SettingTexts {
  const own = namesOf(fitRows).filter((name) => !fitRows[name].mayChange);
  return Object.fromEntries([
    ['model', settings.model],
    ...own.map((name) => [name, textOf(settings[name])] as const),
    ['kernel', kernel],
    ['precision', precision],
  ]);
}

/**
 * @throws SettingError that names the first setting that differs.
 */
export function checkSameSettings(path: string, before: SettingTexts, now: SettingTexts): void {
  for (const [name, value] of Object.entries(now)) {
    if (before[name] === value) continue;
    throw new SettingError(
      'setting-conflict',
      `${name}: received ${value}, but ${path} is the checkpoint of a fit with ${before[name] ?? 'another'}: give that, or begin anew without resume`,
      { setting: name },
    );
  }
}

/** Numbers and models by a hash. */
function textOf(value: unknown): string {
  if (value === undefined) return 'its default';
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof MixtureModel) return `a model ${hashOf(inner)}`;
    if (ArrayBuffer.isView(inner)) return hash(inner);
    return inner;
  });
}

const hashOf = ({ state: { parameters } }: MixtureModel): string =>
  [parameters.means, parameters.covariances, parameters.counts].map(hash).join('');

function hash({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 8);
}
