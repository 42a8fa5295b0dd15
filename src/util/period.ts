// Periods: how often something is done, as texts such as 30s or 2iterations.
import { SettingError } from '../errors.ts';
import { shown } from './shown.ts';

/** How much of which unit. */
export interface Period {
  readonly unit: 'seconds' | 'rows' | 'iterations' | 'windows';
  readonly amount: number;
}

export function parsePeriod(name: string, text: unknown): Period {
  const [, amount, unit] = /^(\d+(?:\.\d*)?(?:e\d+)?)\s*([a-z]+)$/.exec(String(text)) ?? [];
  const units = { s: 'seconds', rows: 'rows', iterations: 'iterations' } as const;
  if (amount === undefined || !(unit! in units))
    throw new SettingError('bad-setting', `${name}: received ${shown(text)}, expected`, { setting: name });
  return { unit: units[unit as 's'], amount: Number(amount) };
}
