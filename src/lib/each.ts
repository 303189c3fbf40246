/**
 * Works on all items, some at a time, in their order; after a failure no further one is begun.
 *
 * @param atOnce  how many at most are worked on at the same moment.
 * @returns       the results in the order of the items.
 * @throws        the first failure, at once; what is under way goes on.
 */
export async function eachOf<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.entries();
  let hasFailed = false;
  const worker = async () => {
    for (const [at, item] of left) {
      if (hasFailed) return;
      results[at] = await work(item);
    }
  };
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, worker);
  try {
    await Promise.all(workers);
    return results;
  } catch (error) {
    hasFailed = true;
    throw error;
  }
}
