/** IDs of images, flavors and networks by their names, remembered for some minutes. Source: spec os-nova.md §7.1. */
import { AutoscalerError, type Clock, inContext, type Logger, usageError } from 'nomad-autoscaler/sdk';
import type { Cloud, Flavor } from './cloud.ts';

/** So long a name may lead to what it led to before. */
const keptMs = 5 * 60_000;

interface Kept {
  readonly until: number;
  readonly value: Promise<unknown>;
}

/** Looks names up in one cloud. */
export class Lookups {
  readonly #cloud: Cloud;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #kept = new Map<string, Kept>();

  constructor(cloud: Cloud, clock: Clock, log: Logger) {
    this.#cloud = cloud;
    this.#clock = clock;
    this.#log = log;
  }

  /** Forgets everything: what was found does not work. */
  drop(): void {
    this.#kept.clear();
  }

  /** @throws `name_not_unique` (usage). */
  image(name: string, signal: AbortSignal): Promise<string> {
    return this.#remember(`image:${name}`, () => this.#find('image', name, () => this.#cloud.images(name, signal)));
  }

  /** @throws `name_not_unique` (usage). */
  network(name: string, signal: AbortSignal): Promise<string> {
    const ids = async () => (await this.#cloud.networks(name, signal)).map(({ id }) => id);
    return this.#remember(`network:${name}`, () => this.#find('network', name, ids));
  }

  /**
   * Whether the name of a security group means one group. One that is not there is for Nova to refuse, and a cloud that does not
   * tell is believed.
   *
   * @throws `name_not_unique` (usage), with the IDs.
   */
  async checkGroup(name: string, signal: AbortSignal): Promise<void> {
    let ids: readonly string[] = [];
    try {
      ids = await this.#remember(`security group:${name}`, () => this.#cloud.securityGroups(name, signal));
    } catch (error) {
      if (signal.aborted) throw error;
      this.#log.debug('failed to look for a security group', { name, error });
    }
    if (ids.length < 2) return;
    throw notUnique(`${ids.length} security groups have the name ${name}: ${ids.join(', ')}; write the ID of one`);
  }

  /** @throws `name_not_unique` (usage). */
  flavor(name: string, signal: AbortSignal): Promise<string> {
    const ids = async () => (await this.flavors(signal)).filter((one) => one.name === name).map(({ id }) => id);
    return this.#remember(`flavor:${name}`, () => this.#find('flavor', name, ids));
  }

  /** Every flavor that the project may use. */
  flavors(signal: AbortSignal): Promise<readonly Flavor[]> {
    return this.#remember('flavors', () => this.#cloud.flavors(signal));
  }

  /** The network that floating IPs come from. @throws `invalid_config` (usage). Compat: the texts. */
  async externalNetwork(name: string, signal: AbortSignal): Promise<string> {
    const doing = 'error getting floating network ID';
    const [network] = await this.#cloud.networks(name, signal).catch((cause: unknown) => {
      throw inContext(doing, cause);
    });
    if (network === undefined) throw usageError('invalid_config', `${doing}: can't find external network ${name}`);
    if (!network.isExternal) throw usageError('invalid_config', `${doing}: network ${name} is not external`);
    return network.id;
  }

  async #find(kind: string, name: string, look: () => Promise<readonly string[]>): Promise<string> {
    this.#log.debug(`searching for ${kind}`, { name });
    try {
      const [id, ...more] = await look();
      if (id === undefined) throw notUnique(`Unable to find ${kind} with name ${name}`);
      if (more.length > 0) throw notUnique(`Found ${more.length + 1} ${kind}s matching ${name}`);
      this.#log.debug(`found ${kind} ID`, { name, id });
      return id;
    } catch (cause) {
      throw inContext(`failed to find ${kind} with name ${name}`, cause);
    }
  }

  /** Whoever asks meanwhile waits for the same answer; a failure is not remembered. */
  async #remember<T>(key: string, look: () => Promise<T>): Promise<T> {
    const now = this.#clock.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) {
      try {
        return (await kept.value) as T; // each key is remembered by one method only
      } catch {
        return look(); // the other's signal may have ended it
      }
    }
    const value = look();
    this.#kept.set(key, { until: now + keptMs, value });
    try {
      return await value;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }
}

const notUnique = (why: string) => new AutoscalerError('name_not_unique', why, { blame: 'usage' });
