/** Properties whose failures can be had again: the seed is printed, and `FC_SEED=…` uses it. */
import fc from 'fast-check';

/** Checks a property with a new seed each time. The promise settles at once for a property that is not asynchronous. */
export async function seeded<T>(property: fc.IRawProperty<T>, runs = 200): Promise<void> {
  const given = process.env['FC_SEED'];
  const seed = given === undefined ? Date.now() & 0x7fffffff : Number(given);
  try {
    await fc.assert(property as fc.IAsyncProperty<T>, { seed, numRuns: runs });
  } catch (error) {
    console.error(`property failed with seed ${seed}; FC_SEED=${seed} repeats it`);
    throw error;
  }
}
