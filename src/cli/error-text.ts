// How the shell says what messages say in terms of code: options are flags.
import type { MegaMixError } from '../errors.ts';
import { flagName } from '../util/definition.ts';

/** Flags of the parts of a step size. */
const stepFlags: Readonly<Record<string, string>> = {
  'stepSize.kappa': '--kappa',
  'stepSize.offset': '--step-offset',
  'stepSize.constant': '--step-size',
};

/** Where a message speaks of an option, beside its beginning, and what a user of the shell gives. */
type Rewording = readonly [said: RegExp, shell: string | ((match: string, ...groups: string[]) => string)];

/** By the option that an error names. */
const rewordings: Readonly<Record<string, Rewording>> = {
  channel: [/\(channel: /, '(--channel '],
  columns: [/columns: (\[.*\])$/, (_, list) => `--columns ${(JSON.parse(list!) as string[]).join(',')}`],
  delimiter: [/\(delimiter: /, '(--delimiter '],
  discount: [/say discount\b/, 'say --discount'],
  format: [/\(format: '?([\w|]+)'?\)/, '(--format $1)'],
  group: [/\b(with|another) group\b/, '$1 --group'],
  header: [/say header: true or false/, 'say --header or --no-header'],
  iterations: [/(?<=, which )\w+(?= contradicts)/, (setting) => flagOf(setting)],
  model: [/say model: /, 'say --model '],
  regCovar: [/\bregCovar\b/, '--reg-covar'],
  resume: [/without resume/, 'without --resume'],
  rows: [/say rows: /, 'say --rows '],
};

/** The flag that sets something: its own name, but for parts of others. */
const flagOf = (setting: string): string => stepFlags[setting] ?? flagName(setting);

/** The message of an error of ours, with flags for options; `flags` are those that there are. */
export function shellText({ message, setting }: MegaMixError, flags: ReadonlySet<string>): string {
  if (setting === undefined) return message;
  const flag = flagOf(setting);
  const beginning = `${setting}: `;
  const named =
    message.startsWith(beginning) && flags.has(flag) ? `${flag}: ${message.slice(beginning.length)}` : message;
  const [said, shell] = rewordings[setting] ?? [];
  return said === undefined ? named : named.replace(said, shell as string);
}

/** A warning, likewise: warnings name one setting only. */
export const shellWarning = (message: string): string => message.replace(...(rewordings.regCovar as [RegExp, string]));
