import { writeFile } from 'node:fs/promises';
import { type Action, type Logger, noOp, type Outcome, scaled } from 'nomad-autoscaler/sdk';
import { readCount } from './status.ts';

/** Brings the file to the action's count. A dry run is only told of. */
export async function scale(file: string, action: Action, log: Logger, signal: AbortSignal): Promise<Outcome> {
  const { count, reason } = action;
  const present = await readCount(file, signal);
  if (action.dryRun) {
    log.info('dry run', { file, from: present, to: count, reason });
    return scaled;
  }
  if (present === count) return noOp(`${file} holds ${count} already`);
  await writeFile(file, `${count}\n`, { signal });
  log.info('scaled', { file, from: present, to: count, reason });
  return scaled;
}
