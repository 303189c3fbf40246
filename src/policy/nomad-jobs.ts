/** The Nomad source: policies that stand in jobs, followed through one blocking query. Source: spec policy.md §6. */
import { isDeepStrictEqual } from 'node:util';
import { sleep } from '../lib/clock.ts';
import { explain, isAbort } from '../lib/error.ts';
import { backoffMs } from '../lib/retry.ts';
import type { World } from '../lib/world.ts';
import type { Policy } from '../model/policy.ts';
import type { NomadClient } from '../nomad/client.ts';
import { listScalingPolicies, readScalingPolicy } from '../nomad/scaling.ts';
import type { ScalingPolicy, ScalingPolicyStub } from '../nomad/types.ts';
import type { NomadPolicy } from './nomad-document.ts';

export interface NomadJobsOptions {
  readonly world: World;
  readonly client: NomadClient;
  /** Only policies of these namespaces; empty takes all that the client sees. */
  readonly namespaces: readonly string[];
  /** Validation, conversion and defaults. */
  readonly read: (document: ScalingPolicy) => NomadPolicy;
  readonly onChange: (found: NomadPolicies) => void;
}

export interface NomadPolicies {
  readonly policies: readonly Policy[];
  /** By the ID of a policy: why its newest version does not run. */
  readonly problems: ReadonlyMap<string, string>;
}

export interface NomadJobs {
  /** Lists and reads everything anew at once, through this client: what policies take from the configuration may have changed. */
  reload(client: NomadClient, namespaces: readonly string[]): void;
  close(): void;
}

/** Policies that are read at the same time. */
const readsAtOnce = 3;
/** Wait after a list that failed. */
const listPauseMs = 10_000;
const readPauses = { firstMs: 1000, longestMs: 60_000 };

/** What is known of one enabled policy. */
interface Known {
  /** Of the version that was read last, good or not; undefined while no reading has succeeded. */
  modifyIndex?: number;
  /** The last good version. */
  policy?: Policy;
  problem?: string;
}

export function watchNomadJobs(options: NomadJobsOptions): NomadJobs {
  return new Watcher(options);
}

class Watcher implements NomadJobs {
  readonly #options: NomadJobsOptions;
  readonly #log: World['log'];
  readonly #known = new Map<string, Known>();
  #client: NomadClient;
  #namespaces: readonly string[];
  #stop = new AbortController();

  constructor(options: NomadJobsOptions) {
    this.#options = options;
    this.#log = options.world.log.named('nomad_policy_source');
    this.#client = options.client;
    this.#namespaces = options.namespaces;
    this.#log.debug('starting policy blocking query watcher');
    this.#run(this.#stop.signal);
  }

  reload(client: NomadClient, namespaces: readonly string[]): void {
    if (this.#stop.signal.aborted) return;
    this.#log.trace('reloading policies');
    this.#client = client;
    this.#namespaces = namespaces;
    for (const known of this.#known.values()) delete known.modifyIndex;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#run(this.#stop.signal);
  }

  close(): void {
    this.#log.trace('stopping ID subscription');
    this.#stop.abort();
  }

  #run(signal: AbortSignal): void {
    this.#follow(signal).catch((error) => {
      if (!isAbort(error)) this.#log.error('policy watcher ended', { error: explain(error) });
    });
  }

  /** Lists, reads what is new, tells; again and again. Never fulfilled; rejected when the signal ends. */
  async #follow(signal: AbortSignal): Promise<never> {
    const { clock, random } = this.#options.world;
    // Upstream begins with index 1, which a Nomad without policies holds for minutes. Without one it answers at once.
    let index = 0;
    let stubs: readonly ScalingPolicyStub[] = [];
    for (let failures = 0; ; ) {
      const answer = await this.#list(
        index,
        failures > 0 ? backoffMs(failures, readPauses, random) : undefined,
        signal,
      );
      if (answer === 'failed') {
        await sleep(clock, listPauseMs, signal);
        index = 0;
        continue;
      }
      if (answer !== 'waited') {
        if (answer.index === index) continue; // only the wait was over
        index = Math.max(answer.index, 1);
        stubs = answer.value.filter((stub) => this.#isAllowed(stub));
      }
      failures = (await this.#take(stubs, signal)) ? 0 : failures + 1;
    }
  }

  /** @param atMostMs  when given, the answer is not waited for any longer: some policies are to be read again then. */
  async #list(index: number, atMostMs: number | undefined, signal: AbortSignal) {
    const { clock, telemetry } = this.#options.world;
    const own = new AbortController();
    const onAbort = () => own.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const cancel = atMostMs === undefined ? () => undefined : clock.after(atMostMs, () => own.abort());
    try {
      return await listScalingPolicies(this.#client, index === 0 ? undefined : index, own.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (own.signal.aborted) return 'waited' as const;
      telemetry.counter('policy.source.error_count', { policy_source: 'nomad' }).add(1);
      const why = `failed to call the Nomad list policies API: ${explain(error)}`;
      this.#log.error('encountered an error monitoring policy IDs', { error: why });
      return 'failed' as const;
    } finally {
      cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  #isAllowed({ Enabled, Target }: ScalingPolicyStub): boolean {
    const namespace = Target?.['Namespace'] ?? 'default';
    return Enabled && (this.#namespaces.length === 0 || this.#namespaces.includes(namespace));
  }

  /** Makes `stubs` what is known. @returns false when some could not be read and are to be tried again. */
  async #take(stubs: readonly ScalingPolicyStub[], signal: AbortSignal): Promise<boolean> {
    const listed = new Set(stubs.map(({ ID }) => ID));
    for (const id of this.#known.keys()) if (!listed.has(id)) this.#known.delete(id);
    const changed = stubs.filter(({ ID, ModifyIndex }) => this.#known.get(ID)?.modifyIndex !== ModifyIndex);
    let allRead = true;
    const queue = changed.values();
    const reader = async () => {
      for (const stub of queue) allRead = (await this.#read(stub, signal)) && allRead;
    };
    await Promise.all(Array.from({ length: readsAtOnce }, reader));
    signal.throwIfAborted();
    this.#tell();
    return allRead;
  }

  async #read({ ID, ModifyIndex, Target }: ScalingPolicyStub, signal: AbortSignal): Promise<boolean> {
    const known = this.#known.get(ID) ?? {};
    this.#known.set(ID, known);
    try {
      const document = await readScalingPolicy(this.#client, ID, signal, Target?.['Namespace']);
      const read = this.#options.read(document);
      known.modifyIndex = ModifyIndex;
      if ('policy' in read) {
        delete known.problem;
        if (isDeepStrictEqual(known.policy, read.policy)) return true; // the heart knows it by this object
        const told = known.policy?.warnings ?? [];
        known.policy = read.policy;
        for (const warning of read.policy.warnings) {
          if (!told.includes(warning)) this.#log.warn('policy deserves a look', { policyID: ID, warning });
        }
        return true;
      }
      known.problem = read.invalid;
      this.#log.warn('latest version for policy is invalid, old one will keep running', {
        policyID: ID,
        validation_error: read.invalid,
      });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      known.problem = `nomad source: unable to get policy: ${explain(error)}`;
      this.#log.error('encountered an error getting the latest version for policy', {
        policyID: ID,
        error: known.problem,
      });
      return false;
    }
  }

  #tell(): void {
    const policies: Policy[] = [];
    const problems = new Map<string, string>();
    for (const [id, { policy, problem }] of this.#known) {
      if (policy !== undefined) policies.push(policy);
      if (problem !== undefined) problems.set(id, problem);
    }
    this.#options.onChange({ policies, problems });
  }
}
