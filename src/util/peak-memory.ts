// The peak memory of the process.
import { readFileSync } from 'node:fs';

/**
 * The most memory that this process was ever resident in, in bytes. On Linux from /proc, as the resource usage that Node
 * tells may be that of the parent process.
 */
export function peakMemoryBytes(): number {
  const kilobytes = process.platform === 'linux' ? /VmHWM:\s*(\d+)/.exec(readStatus())?.[1] : undefined;
  return 1024 * (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes));
}

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return ''; // no /proc here: the resource usage will do
  }
}
