/** How large the engine's heap may become beyond what lives in it. See docs/decisions/0004-small-heap.md. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import type { Clock } from './clock.ts';

/** Young space beyond which it does not grow any more. */
const youngBytes = 8 * 2 ** 20;
const lookMs = 1000;
const looks = 120;

/**
 * Left alone, the heap of a process that keeps records which die old grows to three times what lives in it. Called once, at
 * the start.
 */
export function keepHeapSmall(clock: Clock): void {
  setFlagsFromString('--heap-growing-percent=70');
  const look = (left: number) => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    if (young !== undefined && young.space_size >= youngBytes) setFlagsFromString('--semi-space-growth-factor=1');
    else if (left > 0) clock.after(lookMs, () => look(left - 1));
  };
  look(looks);
}
