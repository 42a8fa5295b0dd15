import { expect, test } from 'vitest';
import { SettingError } from '../../src/errors.ts';
import { parsePeriod } from '../../src/util/period.ts';

const all = { setting: 'every', measures: ['seconds', 'rows', 'iterations', 'windows'] } as const;

test.each([
  ['30s', { seconds: 30 }],
  ['2min', { seconds: 120 }],
  ['1h', { seconds: 3600 }],
  ['0.05s', { seconds: 0.05 }],
  ['500ms', { seconds: 0.5 }],
  ['5000000rows', { rows: 5_000_000 }],
  ['5e6 rows', { rows: 5_000_000 }],
  ['1row', { rows: 1 }],
  ['2iterations', { iterations: 2 }],
  ['1iteration', { iterations: 1 }],
  ['1000windows', { windows: 1000 }],
])('%s', (text, period) => {
  expect(parsePeriod(text, all)).toEqual(period);
});

test('a number without a unit is of the usual one, if there is one', () => {
  expect(parsePeriod('7', { ...all, unit: 'windows' })).toEqual({ windows: 7 });
  expect(() => parsePeriod('7', all)).toThrow(SettingError);
});

test.each([
  '',
  's',
  '0s',
  '-1s',
  '1.5rows',
  '0rows',
  '1e400s',
  '1e17rows',
  '1.2.3s',
  'NaNs',
  '5minutes',
  '3 constructor',
  '1s2s',
])('refuses %j', (text) => {
  expect(() => parsePeriod(text, all)).toThrow(`every: received ${JSON.stringify(text)}, expected a time such as 30s`);
});

test('a unit that is not allowed is refused, with those that are', () => {
  expect(() => parsePeriod('2iterations', { setting: 'saveEvery', measures: ['seconds', 'rows'] })).toThrow(
    'saveEvery: received "2iterations", expected a time such as 30s, 2min or 1h, or a number of rows such as 5000000rows',
  );
});
