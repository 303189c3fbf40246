/** All policies together: starts, updates and stops the loops of the policies as the sources say. */
import type { Cancel } from '../lib/clock.ts';
import { type Slots, slots } from '../lib/slots.ts';
import type { World } from '../lib/world.ts';
import type { Policy, PolicySource } from '../model/policy.ts';
import type { TickReport } from '../model/tick.ts';
import { type HandlerParts, PolicyHandler } from './handler.ts';
import type { Plugins, Workers } from './parts.ts';
import { keepOneNode, keptOneNode, type Loggers, prepare, type ReadyPolicy } from './prepare.ts';
import { reconcile } from './reconcile.ts';
import { ReportRing } from './ring.ts';
import { Scaler } from './scale.ts';
import { freshState, type PolicyState } from './state.ts';

export interface ScalingOptions {
  readonly world: World;
  readonly plugins: Plugins;
  readonly workers: Workers;
  /** Labels of the configured APMs that ask Nomad itself. */
  readonly apmLabelsOfNomadDriver: ReadonlySet<string>;
  /** How often the gauges are set. */
  readonly collectionIntervalMs: number;
  /** Told of every report when it is made. */
  readonly onReport?: (report: TickReport) => void;
}

export interface Scaling {
  /** Makes these the policies of a source: starts, updates and stops what it takes, at once. */
  apply(source: PolicySource, policies: readonly Policy[]): void;
  /** Recent reports of a policy, oldest first; none when it does not run. */
  reports(policyId: string): readonly TickReport[];
  state(policyId: string): RunningPolicy | undefined;
  /** Changes how many targets may be scaled at once. */
  resize(workers: Workers): void;
  /**
   * Stops every policy and waits for the targets that are being scaled.
   *
   * @param deadlineMs  after it those calls are aborted.
   */
  close(deadlineMs: number): Promise<void>;
}

export interface RunningPolicy {
  /** As it runs; `min` may have been raised. */
  readonly policy: Policy;
  readonly phase: 'idle' | 'waiting' | 'scaling' | 'cooldown';
  /** Epoch milliseconds, while in force. */
  readonly cooldownUntil?: number;
  readonly nextTickAt: number;
}

/** What runs for one policy. */
interface Entry {
  /** As its source gave it. */
  given: Policy;
  readonly handler: PolicyHandler;
  readonly ring: ReportRing;
}

export function startScaling(options: ScalingOptions): Scaling {
  return new Handlers(options);
}

class Handlers implements Scaling {
  readonly #options: ScalingOptions;
  readonly #log: World['log'];
  readonly #loggers: Loggers;
  readonly #slots: { readonly horizontal: Slots; readonly cluster: Slots };
  readonly #scaler: Scaler;
  readonly #parts: HandlerParts;
  readonly #entries = new Map<string, Entry>();
  /** Of policies that were removed while they were scaling or in a cooldown: they may come back. */
  readonly #left = new Map<string, PolicyState>();
  #isClosed = false;
  #cancelGauges: Cancel = () => undefined;

  constructor(options: ScalingOptions) {
    const { world, workers } = options;
    this.#options = options;
    this.#log = world.log.named('policy_manager');
    const policy = this.#log.named('policy_handler');
    this.#loggers = { policy, check: policy.named('check_handler') };
    this.#slots = {
      horizontal: slots(world.clock, workers.horizontal),
      cluster: slots(world.clock, workers.cluster),
    };
    const scaler = new Scaler(world.clock, this.#slots);
    this.#scaler = scaler;
    this.#parts = {
      clock: world.clock,
      carryOut: (ready, state, signal) => scaler.carryOut(ready, state, signal),
      onError: (policy_id, error) =>
        this.#log.error('encountered an error monitoring policy IDs', { policy_id, error }),
    };
    this.#keepGauges();
  }

  apply(source: PolicySource, policies: readonly Policy[]): void {
    if (this.#isClosed) return;
    if (this.#log.isEnabled('trace')) {
      this.#log.trace('received policy IDs listing', { num: policies.length, policy_source: source });
    }
    const running = new Map<string, Policy>();
    for (const [id, { given }] of this.#entries) if (given.source === source) running.set(id, given);
    const { start, update, stop } = reconcile(running, policies);
    for (const id of stop) this.#stop(id, source);
    for (const policy of update) this.#update(policy);
    for (const policy of start) this.#start(policy);
  }

  reports(policyId: string): readonly TickReport[] {
    return this.#entries.get(policyId)?.ring.all() ?? [];
  }

  state(policyId: string): RunningPolicy | undefined {
    const entry = this.#entries.get(policyId);
    if (entry === undefined) return undefined;
    const { handler } = entry;
    const { phase, cooldownUntil } = handler.state;
    const isCooling = cooldownUntil > this.#options.world.clock.now();
    return {
      policy: handler.ready.policy,
      phase: phase === 'idle' && isCooling ? 'cooldown' : phase,
      nextTickAt: handler.dueAt,
      ...(isCooling && { cooldownUntil }),
    };
  }

  resize({ horizontal, cluster }: Workers): void {
    this.#slots.horizontal.resize(horizontal);
    this.#slots.cluster.resize(cluster);
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isClosed = true;
    this.#cancelGauges();
    for (const { handler } of this.#entries.values()) handler.stop();
    await this.#scaler.close(deadlineMs);
    this.#entries.clear();
  }

  #start(policy: Policy): void {
    const { onReport } = this.#options;
    const { id, source } = policy;
    if (this.#entries.has(id)) {
      this.#update(policy); // it moved here from the other source
      return;
    }
    if (this.#log.isEnabled('trace')) this.#log.trace('creating new handler', { policy_id: id, policy_source: source });
    if (this.#log.isEnabled('debug')) this.#log.debug('creating new policy handler', { policy_id: id });
    const ring = new ReportRing();
    const report = (made: TickReport) => {
      ring.add(made);
      onReport?.(made);
    };
    const state = this.#left.get(id) ?? freshState();
    this.#left.delete(id);
    this.#entries.set(id, {
      given: policy,
      ring,
      handler: new PolicyHandler(this.#prepare(policy), state, this.#parts, report),
    });
  }

  #update(policy: Policy): void {
    const entry = this.#entries.get(policy.id);
    if (entry === undefined) return;
    if (this.#log.isEnabled('trace')) {
      this.#log.trace('sending updated policy to existing handler', {
        policy_id: policy.id,
        policy_source: policy.source,
      });
    }
    entry.given = policy;
    entry.handler.update(this.#prepare(policy));
  }

  #stop(id: string, source: PolicySource): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#log.trace('stopping handler for removed policy', { policy_id: id, policy_source: source });
    this.#log.trace('stopping handler for deleted policy ', { policyID: id });
    entry.handler.stop();
    this.#entries.delete(id);
    this.#left.set(id, entry.handler.state);
  }

  /** Forgets policies that are gone, once they neither scale nor rest any more. */
  #forgetRested(): void {
    const { clock, telemetry } = this.#options.world;
    for (const [id, { phase, cooldownUntil }] of this.#left) {
      if (phase !== 'idle' || cooldownUntil > clock.now()) continue;
      this.#left.delete(id);
      telemetry.drop('policy_id', id);
    }
  }

  #prepare(given: Policy): ReadyPolicy {
    const { plugins, apmLabelsOfNomadDriver, world } = this.#options;
    const policy = keepOneNode(given, apmLabelsOfNomadDriver);
    const ready = prepare(policy, plugins, this.#loggers, world.telemetry);
    if (policy !== given) ready.lines.modified(keptOneNode);
    return ready;
  }

  #keepGauges(): void {
    const { clock, telemetry } = this.#options.world;
    const policies = telemetry.gauge('policy.total_num');
    const horizontal = telemetry.gauge('policy.queue.horizontal');
    const cluster = telemetry.gauge('policy.queue.cluster');
    const keep = () => {
      policies.set(this.#entries.size);
      horizontal.set(this.#slots.horizontal.inUse);
      cluster.set(this.#slots.cluster.inUse);
      this.#forgetRested();
      this.#cancelGauges = clock.after(this.#options.collectionIntervalMs, keep);
    };
    keep();
  }
}
