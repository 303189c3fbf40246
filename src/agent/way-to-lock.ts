/** The way of an election to its Nomad. It follows the configuration: the token of the start may not live as long. */
import { explain } from '../lib/error.ts';
import { Held } from '../lib/held.ts';
import type { LockClient } from '../nomad/locks.ts';
import type { NomadSettings } from '../nomad/settings.ts';
import { type NomadWorld, type SharedNomad, shareNomad } from '../nomad/shared.ts';

export class WayToLock {
  /** Of whatever settings came last. */
  readonly client: LockClient;
  readonly #world: NomadWorld;
  readonly #held = new Held<SharedNomad>((nomad) => nomad.close());

  private constructor(world: NomadWorld) {
    this.#world = world;
    this.client = {
      write: async (...request) =>
        this.#held.use(
          ({ client }) => client.write(...request),
          () => new Error('the election is over'),
        ),
    };
  }

  /** @throws as `shareNomad`. */
  static async open(settings: NomadSettings, world: NomadWorld): Promise<WayToLock> {
    const way = new WayToLock(world);
    await way.follow(settings);
    return way;
  }

  /** What comes next goes by these settings; what is under way ends where it began. @throws as `shareNomad`. */
  async follow(settings: NomadSettings): Promise<void> {
    const nomad = await shareNomad(settings, this.#world);
    this.#held.replace(nomad).catch((error) => {
      this.#world.log.warn('connections to Nomad were not closed', { error: explain(error) });
    });
  }

  close(): Promise<void> {
    return this.#held.replace(undefined);
  }
}
