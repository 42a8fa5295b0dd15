#!/usr/bin/env node
// The command line: signals are heard before anything else is loaded.
import './signals.ts';

await import('./program.ts');
