import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { runAndKill } from './killing.mjs';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Scenario } from './scenarios.mjs' */

/**
 * What is tortured: how a scenario is run, and what of its output has to be the same whenever it was killed.
 *
 * @typedef {object} Program
 * @property {(scenario: Scenario, data: string, output: string, period: string) => readonly string[]} commandOf
 * @property {(output: string) => Promise<Map<string, string>>} contentsOf
 */

/** @typedef {{ readonly scenario: string, readonly number: number, readonly detail: string }} Fault */
/** @typedef {{ runs: number, kills: number, writing: number, resumed: number, faults: Fault[] }} Report */

/** Kills of one run at the most, unless another number is asked for: then it is left alone, and compared. */
const MOST_KILLS = 5;
/** Checkpoints in the time that an uninterrupted run takes, about. */
const CHECKPOINTS = 20;
/** What may lie beside the output when all is done. */
const KEPT = /^(model\.h5|checkpoint(\.previous|\.blocks|\.spool-\d+)?)$/;
/** Fields of the report on standard output that a kill must not change. */
const REPORTED = ['rows', 'heldOutRows', 'iterations', 'stopReason', 'criterion', 'heldOutCriterion'];

/** Runs that are killed until they end, compared with those that nobody kills. */
export class Torture {
  #program;
  #data;
  #mostKills;
  #directory = mkdtempSync(join(tmpdir(), 'megamix-torture-'));
  #onStart;
  /** @type {Map<string, Promise<{ contents: Map<string, string>, milliseconds: number }>>} */
  #references = new Map();

  /** @param {{ readonly program: Program, readonly data: string, readonly mostKills?: number, readonly onStart?: (child: ChildProcess) => void }} options */
  constructor({ program, data, mostKills = MOST_KILLS, onStart }) {
    this.#mostKills = mostKills;
    this.#program = program;
    this.#data = data;
    this.#onStart = onStart;
  }

  /**
   * Runs scenarios in turn until so many processes were killed; the n-th run has the n-th random numbers of the seed.
   *
   * @param {{ readonly scenarios: readonly Scenario[], readonly kills: number, readonly seed: number, readonly first?: number, readonly onRun?: (report: Report) => void }} task
   * @returns {Promise<Report>}
   */
  async run({ scenarios, kills, seed, first = 0, onRun }) {
    /** @type {Report} */
    const report = { runs: 0, kills: 0, writing: 0, resumed: 0, faults: [] };
    for (let number = first; report.kills < kills; number++) {
      const scenario = /** @type {Scenario} */ (scenarios[number % scenarios.length]);
      const before = report.kills;
      const detail = await this.#try(scenario, xoroshiro128plus(seed + 1000 * number), report).catch((error) =>
        String(error),
      );
      if (detail) report.faults.push({ scenario: scenario.name, number, detail });
      report.runs++;
      onRun?.(report);
      if (report.kills === before && report.faults.length > scenarios.length) break; // nothing runs long enough to be killed
    }
    return report;
  }

  close() {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /**
   * One run, killed again and again; what is wrong with it, if anything.
   *
   * @param {Scenario} scenario
   * @param {ReturnType<typeof xoroshiro128plus>} random
   * @param {Report} report
   */
  async #try(scenario, random, report) {
    const reference = this.#references.get(scenario.name) ?? this.#reference(scenario);
    this.#references.set(scenario.name, reference);
    const { contents, milliseconds } = await reference;
    const period = `${(milliseconds / 1000 / CHECKPOINTS).toFixed(3)}s`;
    const folders = this.#folders();
    for (let killed = 0; ; ) {
      const draw = uniformFloat64(random);
      const isAimed = uniformFloat64(random) < 1 / 3;
      const threads = 1 + Math.floor(3 * uniformFloat64(random));
      const moment = isAimed
        ? { writing: 1 + Math.floor(8 * draw), after: 4 * uniformFloat64(random) }
        : { after: milliseconds * draw };
      if (existsSync(join(folders.output, 'checkpoint'))) report.resumed++;
      const ending = await this.#start(
        scenario,
        folders,
        period,
        threads,
        killed < this.#mostKills ? moment : undefined,
      );
      if (ending.isKilled) {
        killed++;
        report.kills++;
        report.writing += Number(ending.isWriting);
        continue;
      }
      if (ending.code !== 0) return `ended with ${ending.code}: ${ending.stderr.trim().split('\n').at(-1)}`;
      const wrong = differences(contents, await this.#contents(folders.output, ending.stdout));
      const left = [
        ...readdirSync(folders.output).filter((name) => !KEPT.test(name)),
        ...readdirSync(folders.temporary),
      ];
      rmSync(folders.root, { recursive: true });
      if (wrong.length > 0) return `after ${killed} kills differs in ${wrong.slice(0, 5).join(', ')}`;
      return left.length > 0 ? `after ${killed} kills there is still ${left.join(', ')}` : undefined;
    }
  }

  /** What an uninterrupted run gives, and how long it takes. @param {Scenario} scenario */
  async #reference(scenario) {
    const folders = this.#folders();
    const { code, stderr, stdout, milliseconds } = await this.#start(scenario, folders, '1000s', 2, undefined);
    if (code !== 0) throw new Error(`${scenario.name}: an uninterrupted run ended with ${code}: ${stderr.trim()}`);
    const contents = await this.#contents(folders.output, stdout);
    rmSync(folders.root, { recursive: true });
    return { contents, milliseconds };
  }

  /** @param {string} output @param {string} stdout */
  async #contents(output, stdout) {
    const contents = await this.#program.contentsOf(join(output, 'model.h5'));
    const said = JSON.parse(stdout || '{}');
    for (const field of REPORTED) contents.set(`report ${field}`, JSON.stringify(said[field]) ?? '');
    return contents;
  }

  #folders() {
    const root = mkdtempSync(join(this.#directory, 'run-'));
    const [output, temporary] = [join(root, 'output'), join(root, 'temporary')];
    for (const folder of [output, temporary]) mkdirSync(folder);
    return { root, output, temporary };
  }

  /**
   * @param {Scenario} scenario
   * @param {{ readonly output: string, readonly temporary: string }} folders
   * @param {string} period
   * @param {number} threads
   * @param {import('./killing.mjs').Moment} moment
   */
  #start(scenario, { output, temporary }, period, threads, moment) {
    const command = this.#program.commandOf(scenario, this.#data, output, period);
    return runAndKill([...command, '--threads', String(threads)], moment, {
      folders: [output, temporary],
      env: { TMPDIR: temporary },
      input: scenario.pipes === undefined ? undefined : join(this.#data, scenario.pipes),
      onStart: this.#onStart,
    });
  }
}

/** Names of what is not the same. @param {Map<string, string>} one @param {Map<string, string>} other */
const differences = (one, other) =>
  [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name));
