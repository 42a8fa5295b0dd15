// Prints 'N passed, N failed' from the test runner's report; fails if anything did, or if no test ran.
import { existsSync, readFileSync } from 'node:fs';

const [, , path, otherFailures] = process.argv;
const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { numPassedTests: 0, numFailedTests: 0 };
const { numPassedTests, numFailedTests, numPendingTests = 0 } = report;
const failed = numFailedTests + (otherFailures === '0' ? 0 : Number(numFailedTests === 0));
console.log(`${numPassedTests} passed, ${failed} failed${numPendingTests ? `, ${numPendingTests} skipped` : ''}`);
process.exitCode = failed > 0 || numPassedTests === 0 ? 1 : 0;
