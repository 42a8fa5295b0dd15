// Prints 'N passed, N failed' of all the test runner's reports together; fails if anything did, or if a run has no report.
import { existsSync, readFileSync } from 'node:fs';

const [, , otherFailures, ...paths] = process.argv;
const missing = paths.filter((path) => !existsSync(path)).length;
const reports = paths.filter(existsSync).map((path) => JSON.parse(readFileSync(path, 'utf8')));
const sum = (name) => reports.reduce((total, report) => total + (report[name] ?? 0), 0);
const [passed, skipped] = [sum('numPassedTests'), sum('numPendingTests')];
const inReports = sum('numFailedTests') + missing;
const failed = inReports + (otherFailures !== '0' && inReports === 0 ? 1 : 0);
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
