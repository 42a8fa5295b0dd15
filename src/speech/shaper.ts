// Shapes the rows of an utterance: differences, normalisation, context.
import { definitions, shapingSettings } from './definitions.ts';
import { Deltas } from './deltas.ts';
import { type FrontEnd, type Shaping, shapedColumns } from './front-end.ts';
import { type ColumnMoments, RunningNormaliser } from './normalise.ts';
import { Splicer } from './splice.ts';

/** Receives one row after the other, each valid until it returns. */
export interface RowStage {
  push(row: Float64Array): void;
  end(): void;
}

/**
 * The stages that shape rows of `columns` numbers, one after another: differences, normalisation by given moments or those of the rows just
 * before, context. `onRow` is told every row.
 */
export function shaper(
  columns: number,
  shaping: Shaping,
  moments: ColumnMoments | undefined,
  onRow: (row: Float64Array) => void,
): RowStage {
  const { deltas, deltaWindow, normalisation, normalisationOver, splice } = shaping;
  const width = columns * (1 + deltas);
  const splicer = new Splicer(width, splice, onRow);
  const isRunning = normalisation !== 'none' && normalisationOver === 'running';
  const normaliser = isRunning ? new RunningNormaliser(width, shaping, (row) => splicer.push(row)) : undefined;
  const normalise = moments?.normaliser(shaping);
  const take = (row: Float64Array): void => {
    normalise?.(row);
    (normaliser ?? splicer).push(row);
  };
  const differences = new Deltas(columns, deltas, deltaWindow, take);
  return {
    push: (row) => differences.push(row),
    end() {
      differences.end();
      normaliser?.end();
      splicer.end();
    },
  };
}

/** Adds the rows of an utterance, with their differences, to moments. */
export function addMoments(moments: ColumnMoments, columns: number, { deltas, deltaWindow }: Shaping): RowStage {
  const differences = new Deltas(columns, deltas, deltaWindow, (row) => moments.add(row));
  return { push: (row) => differences.push(row), end: () => differences.end() };
}

/** Pushes rows that lie one after the other, each through `row`. */
export function pushRows(data: Float64Array | Float32Array, row: Float64Array, stage: RowStage): void {
  for (let at = 0; at < data.length; at += row.length) {
    for (let j = 0; j < row.length; j++) row[j] = data[at + j]!;
    stage.push(row);
  }
}

/** Whether there is anything to do. */
export const isShaped = (shaping: Shaping): boolean =>
  shaping.normalisation !== 'none' || shaping.vad !== 'none' || shapedColumns(1, shaping) !== 1;

/** Rows that stay as they are. */
export const UNSHAPED: Shaping = Object.fromEntries(
  shapingSettings.map((name) => [name, name === 'deltas' ? 0 : definitions[name].default]),
) as unknown as Shaping;

export const isOverGroups = ({ normalisation, normalisationOver }: Shaping): boolean =>
  normalisation !== 'none' && normalisationOver === 'group';

/** What readers of sound leave to be done, all of it, where it needs whole utterances or groups of them; undefined where they do it. */
export const leftToShape = (made: FrontEnd): Shaping | undefined =>
  isOverGroups(made) || made.vad !== 'none' || shapedColumns(1, { ...made, deltas: 0 }) > 1 ? made : undefined;
