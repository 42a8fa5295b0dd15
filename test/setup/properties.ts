import fc from 'fast-check';

const FIXED_SEED = 1;
const seed = Number(process.env.MEGAMIX_TEST_SEED ?? FIXED_SEED);
const factor = Number(process.env.MEGAMIX_TEST_RUNS ?? 1);

/** How often a property is tried, times what a long run (`npm run test:long`) multiplies it by. */
export const runs = (count: number): { readonly numRuns: number } => ({ numRuns: count * factor });

// The same seed for everybody, so that a verdict is the same everywhere; another one only where it is asked for.
fc.configureGlobal({
  ...runs(100),
  seed,
  reporter: (details) => {
    if (!details.failed) return;
    const replay = `To replay: MEGAMIX_TEST_SEED=${details.seed} MEGAMIX_TEST_RUNS=${factor} npm run test:long -- FILE`;
    throw new Error(`${fc.defaultReportMessage(details)}\n${replay}`, { cause: details.errorInstance });
  },
});

/** The one door to fast-check: whoever comes by another has another seed every time. */
export { fc };
