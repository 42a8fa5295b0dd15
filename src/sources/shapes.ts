// Shapes the rows of all utterances: the front end of rows, and what of that of sound needs whole utterances.
import { DataError, SettingError } from '../errors.ts';
import {
  checkAgrees,
  type FrontEnd,
  isOfRows,
  type RowFrontEnd,
  rowFrontEnd,
  type Shaping,
  shapedColumns,
} from '../speech/front-end.ts';
import { ColumnMoments } from '../speech/normalise.ts';
import { addMoments, isOverGroups, isShaped, leftToShape, pushRows, UNSHAPED } from '../speech/shaper.ts';
import { Decisions } from './speech/decisions.ts';
import { type Groups, groupOf, readGroups } from './speech/groups.ts';
import { type Beside, UtteranceRows } from './speech/utterance-rows.ts';
import type { Batch, Keep, Part, ReadOptions, Table, TablePlace } from './table.ts';

/** How the rows of a part are shaped, and how they were made then. */
interface Plan {
  readonly shaping: Shaping;
  readonly columns: number;
  readonly frontEnd: FrontEnd | undefined;
}

/** Options of reading; weights are those of the rows that are read. */
type ShapeOptions = ReadOptions & { readonly weights?: unknown };

type Made = Pick<Part, 'name' | 'dimensions' | 'frontEnd'>;

/** What the rows of some data go through before they are checked. */
export class Shapes {
  readonly #options: ShapeOptions;
  /** Parts whose rows were shaped before they were kept. */
  readonly #kept = new WeakSet<Part>();
  #groups: Promise<Groups> | undefined;
  #moments: Promise<ReadonlyMap<string, ColumnMoments>> | undefined;

  constructor(options: ShapeOptions) {
    this.#options = options;
  }

  /** Keeps what can be read once as it is when it is shaped: what is kept knows no utterances. */
  keep(keep: Keep): Keep {
    return async (name, openLive) => {
      const part = await keep(name, async () => {
        const table = await openLive();
        try {
          const plan = this.#planOf({ ...table, name });
          if (plan && isOverGroups(plan.shaping))
            throw new DataError(
              'needs-file',
              `${name} can be read once, but means of groups need two readings: give the path of a file`,
              {
                source: name,
              },
            );
          return plan ? this.#shapedTable(table, plan, name) : table;
        } catch (error) {
          await table.close();
          throw error;
        }
      });
      this.#kept.add(part);
      return part;
    };
  }

  parts(parts: readonly Part[]): readonly Part[] {
    const plans = parts.map((part) => (this.#kept.has(part) ? undefined : this.#planOf(part)));
    const moments = (): Promise<ReadonlyMap<string, ColumnMoments>> => {
      this.#moments ??= this.#momentsOf(parts, plans);
      return this.#moments;
    };
    return parts.map((part, i) => (plans[i] ? this.#shapedPart(part, plans[i], moments) : part));
  }

  #shapedPart(part: Part, plan: Plan, moments: () => Promise<ReadonlyMap<string, ColumnMoments>>): Part {
    const { name, stem } = part;
    const { shaping, columns, frontEnd } = plan;
    const open = async (from?: TablePlace): Promise<Table> => {
      const ofGroups = isOverGroups(shaping) ? await moments() : undefined;
      return this.#shapedTable(await part.open(from?.utterance && from), plan, name, ofGroups);
    };
    const leavesOut = shaping.vad !== 'none' || this.#options.voiced !== undefined;
    return {
      name,
      stem,
      dimensions: shapedColumns(columns, shaping),
      rows: leavesOut ? undefined : part.rows,
      frontEnd,
      isDecoded: !this.#kept.has(part),
      open,
      fingerprint: () => part.fingerprint(),
      close: async () => part.close?.(),
    };
  }

  #shapedTable(table: Table, plan: Plan, name: string, moments?: ReadonlyMap<string, ColumnMoments>): Table {
    const { voiced, signal } = this.#options;
    const decisions = voiced === undefined ? undefined : new Decisions(voiced, signal);
    const beside = async (utterance: string): Promise<Beside> => ({
      moments: moments?.get(await this.#groupOf(utterance)),
      decisions: await decisions?.of(utterance),
    });
    const { shaping, columns, frontEnd } = plan;
    const leavesOut = shaping.vad !== 'none' || decisions !== undefined;
    return {
      ...table,
      dimensions: shapedColumns(columns, shaping),
      rows: leavesOut ? undefined : table.rows,
      frontEnd,
      batches: shaped(table.batches, plan, name, beside),
      async close() {
        await decisions?.close();
        await table.close();
      },
    };
  }

  /** Undefined where rows are as they are to be. */
  #planOf({ name, dimensions: columns, frontEnd: made }: Made): Plan | undefined {
    const { frontEnd: given, rowsFor, voiced } = this.#options;
    const shaping = made ? leftToShape(made) : rowsAs(given, rowsFor, columns, name);
    if (this.#options.weights !== undefined && (voiced !== undefined || (shaping ?? UNSHAPED).vad !== 'none'))
      throw new SettingError(
        'setting-conflict',
        'weights: rows are left out by their voice (vad, voiced), so that it is not known which weight is whose: leave one of both out',
        { setting: 'weights' },
      );
    if (shaping) return { shaping, columns, frontEnd: made ?? (shaping as RowFrontEnd) };
    return voiced === undefined ? undefined : { shaping: UNSHAPED, columns, frontEnd: made };
  }

  async #groupOf(utterance: string): Promise<string> {
    const { groups, signal } = this.#options;
    if (groups === undefined)
      throw new SettingError(
        'missing-setting',
        "groups: received nothing, expected a file of utterances and their groups, as normalisationOver is 'group'",
        { setting: 'groups' },
      );
    this.#groups ??= readGroups(groups, signal);
    return groupOf(await this.#groups, utterance, groups);
  }

  /** Reads all parts for the mean and variance of each group. */
  async #momentsOf(
    parts: readonly Part[],
    plans: readonly (Plan | undefined)[],
  ): Promise<ReadonlyMap<string, ColumnMoments>> {
    const found = new Map<string, ColumnMoments>();
    for (const [i, part] of parts.entries()) {
      const plan = plans[i];
      if (!plan) continue;
      const { columns, shaping } = plan;
      const table = await part.open();
      try {
        for await (const { key, batches } of utterancesOf(table.batches, part.name)) {
          const group = await this.#groupOf(key);
          const moments = found.get(group) ?? new ColumnMoments(columns * (1 + shaping.deltas));
          found.set(group, moments);
          const stage = addMoments(moments, columns, shaping);
          const row = new Float64Array(columns);
          for await (const { data, release } of batches) {
            this.#options.signal?.throwIfAborted();
            pushRows(data, row, stage);
            release?.();
          }
          stage.end();
        }
      } finally {
        await table.close();
      }
    }
    return found;
  }
}

/** How rows of features are to be shaped: as is said, or as those that they are for were. */
function rowsAs(
  given: ReadOptions['frontEnd'],
  rowsFor: ReadOptions['rowsFor'],
  columns: number,
  name: string,
): RowFrontEnd | undefined {
  const known = rowsFor?.frontEnd && isOfRows(rowsFor.frontEnd) ? rowsFor.frontEnd : undefined;
  if (!known) {
    const wanted = given && rowFrontEnd(given, columns, name);
    return wanted && isShaped(wanted) ? wanted : undefined;
  }
  if (given) checkAgrees(given, known, rowsFor!.name);
  return columns === known.columns ? known : undefined;
}

/** Rows that belong together, under one name. */
interface UtteranceBatches {
  readonly key: string;
  readonly batches: AsyncIterable<Batch>;
}

/** Batches by their utterances; each must be read to its end before the next. */
async function* utterancesOf(all: AsyncIterable<Batch>, name: string): AsyncGenerator<UtteranceBatches> {
  const iterator = all[Symbol.asyncIterator]();
  try {
    let next = await iterator.next();
    while (!next.done) {
      const { utterance, utteranceNumber } = next.value as Batch;
      async function* own(): AsyncGenerator<Batch> {
        for (; !next.done; next = await iterator.next()) {
          if (next.value.utterance !== utterance || next.value.utteranceNumber !== utteranceNumber) return;
          yield next.value;
        }
      }
      yield { key: utterance ?? name, batches: own() };
    }
  } finally {
    await iterator.return?.();
  }
}

async function* shaped(
  all: AsyncIterable<Batch>,
  { shaping, columns }: Plan,
  name: string,
  besideOf: (utterance: string) => Promise<Beside>,
): AsyncGenerator<Batch> {
  for await (const { key, batches } of utterancesOf(all, name)) {
    const rows = new UtteranceRows(columns, shaping, await besideOf(key));
    let of: Partial<Batch> = {};
    for await (const batch of batches) {
      const { utterance, utteranceNumber, utterancePosition } = batch;
      of = { utterance, utteranceNumber, utterancePosition };
      const known = rows.push(batch);
      if (known) yield { ...known, ...of };
    }
    for (const known of rows.end(`${name}, utterance ${key}`)) if (known) yield { ...known, ...of };
  }
}
