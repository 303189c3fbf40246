import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutoscalerError, type Metric, usageError } from 'nomad-autoscaler/sdk';

/**
 * Reads the file that the query names.
 *
 * @param now  epoch milliseconds: the moment for which the number stands.
 * @returns    no points when there is no such file: that is no data, and no error.
 */
export async function queryFile(
  folder: string,
  query: string,
  now: number,
  signal: AbortSignal,
): Promise<readonly Metric[]> {
  if (!/^[\w-]+$/.test(query)) throw usageError('bad_query', `${JSON.stringify(query)} is no name of a file`);
  const file = join(folder, query);
  const content = await readFile(file, { encoding: 'utf8', signal }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return [];
  const text = content.trim();
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return [{ at: now, value }];
  throw new AutoscalerError('no_number', `${file} holds ${JSON.stringify(text)}, which is no number`, {
    blame: 'usage',
  });
}
