/** The telemetry of one policy. Source: spec agent.md §11.2. Series are looked up once; those of scaling with its first use. */
import type { Counter, Sample, Telemetry } from '../lib/telemetry.ts';
import type { Check, Policy } from '../model/policy.ts';

export class PolicySeries {
  readonly evaluate: Sample;
  readonly status: Sample;
  readonly #telemetry: Telemetry;
  readonly #policy: Policy;
  #scale: ScaleSeries | undefined;

  constructor(telemetry: Telemetry, policy: Policy) {
    this.#telemetry = telemetry;
    this.#policy = policy;
    const { id: policy_id, target } = policy;
    this.evaluate = telemetry.sample('scale.evaluate_ms', { policy_id, target_name: target.name });
    this.status = telemetry.sample('plugin.target.status.invoke_ms', { plugin_name: target.name, policy_id });
  }

  get scale(): ScaleSeries {
    this.#scale ??= scaleSeries(this.#telemetry, this.#policy);
    return this.#scale;
  }
}

export interface ScaleSeries {
  /** From the slot's grant to the end of the attempt. */
  readonly invoke: Sample;
  /** The target's call alone. */
  readonly call: Sample;
  readonly successes: Counter;
  /** Compat: no-ops are counted here too. */
  readonly errors: Counter;
}

function scaleSeries(telemetry: Telemetry, { id: policy_id, target: { name } }: Policy): ScaleSeries {
  const labels = { policy_id, target_name: name };
  const withPlugin = { ...labels, plugin_name: name };
  return {
    invoke: telemetry.sample('scale.invoke_ms', labels),
    call: telemetry.sample('plugin.target.scale.invoke_ms', withPlugin),
    successes: telemetry.counter('scale.invoke.success_count', withPlugin),
    errors: telemetry.counter('scale.invoke.error_count', withPlugin),
  };
}

export interface CheckSeries {
  readonly query: Sample;
  readonly run: Sample;
}

export function checkSeries(telemetry: Telemetry, { id: policy_id }: Policy, check: Check): CheckSeries {
  return {
    query: telemetry.sample('plugin.apm.query.invoke_ms', { plugin_name: check.source, policy_id }),
    run: telemetry.sample('plugin.strategy.run.invoke_ms', { plugin_name: check.strategy.name, policy_id }),
  };
}
