import { readFile } from 'node:fs/promises';
import { AutoscalerError, type TargetStatus } from 'nomad-autoscaler/sdk';

/** @returns undefined when there is no such file: a target that does not exist is no error. */
export async function status(file: string, signal: AbortSignal): Promise<TargetStatus | undefined> {
  const count = await readCount(file, signal);
  return count === undefined ? undefined : { ready: true, count, meta: {} };
}

/** What does not hold a count is an error, and never 0: a made-up number stops somebody's servers. */
export async function readCount(file: string, signal: AbortSignal): Promise<number | undefined> {
  const content = await readFile(file, { encoding: 'utf8', signal }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const text = content.trim();
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AutoscalerError('no_count', `${file} holds ${JSON.stringify(text)}, which is no count`, { blame: 'usage' });
}
