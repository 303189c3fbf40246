/** Properties whose failures can be had again: the seed is printed, and `FC_SEED=… ` uses it. */
import fc from 'fast-check';

/** Checks a property `runs` times with a new seed each day of testing, which a failure shows. */
export function seeded<T>(property: fc.IProperty<T>, runs = 200): void {
  const given = process.env['FC_SEED'];
  const seed = given === undefined ? Date.now() & 0x7fffffff : Number(given);
  try {
    fc.assert(property, { seed, numRuns: runs });
  } catch (error) {
    console.error(`property failed with seed ${seed}; FC_SEED=${seed} repeats it`);
    throw error;
  }
}
