/** The agent as its HTTP API shows it. */
import type { AgentView, PolicyView, Readiness } from '../http/view.ts';
import type { Policy } from '../model/policy.ts';
import type { Role } from './election.ts';
import type { OwnTelemetry } from './own-telemetry.ts';
import type { Running } from './running.ts';

export interface ViewOf {
  readonly telemetry: () => OwnTelemetry;
  /** Undefined while the agent starts or stands by. */
  readonly running: () => Running | undefined;
  /** Undefined without an election. */
  readonly role: () => Role | undefined;
  readonly isStopping: () => boolean;
  /** Of the configuration. */
  readonly problems: () => readonly string[];
  readonly warnings: () => readonly string[];
  readonly reload: () => Promise<void>;
}

export function agentView(of: ViewOf): AgentView {
  return {
    readiness: () => readiness(of),
    policies: () => (of.running()?.policies() ?? []).map((policy) => policyView(policy, of.running())),
    policy(id) {
      const policy = of
        .running()
        ?.policies()
        .find((one) => one.id === id);
      return policy && policyView(policy, of.running());
    },
    plugins: () => of.running()?.plugins() ?? [],
    metrics: () => of.telemetry().store.document(),
    exposition: () => of.telemetry().exposition(),
    reload: of.reload,
  };
}

function readiness(of: ViewOf): Readiness {
  const running = of.running();
  const problems = [...of.problems(), ...(running?.problems() ?? [])];
  const warnings = [...of.warnings(), ...(running?.warnings() ?? [])];
  if (of.isStopping()) return { status: 'stopping', problems, warnings };
  if (of.role() === 'standby') return { status: 'standby', problems, warnings };
  if (running?.isStarted !== true) return { status: 'starting', problems, warnings };
  return { status: problems.length > 0 ? 'degraded' : 'ready', problems, warnings };
}

function policyView(policy: Policy, running: Running | undefined): PolicyView {
  const state = running?.state(policy.id);
  const reports = running?.reports(policy.id) ?? [];
  if (state === undefined) return { policy, reports };
  const { phase, nextTickAt, cooldownUntil } = state;
  return {
    policy: state.policy,
    phase,
    nextTickAt,
    reports,
    ...(cooldownUntil === undefined ? {} : { cooldownUntil }),
  };
}
