/** Decodes policy files in tests, as an agent with upstream's defaults would. */
import { formatDiagnostic, Source } from '../../src/lib/source.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { PolicySettings } from '../../src/policy/complete.ts';
import { type DecodeOptions, decodePolicyFile } from '../../src/policy/decode.ts';

export const settings: PolicySettings = {
  defaultCooldownMs: 300_000,
  defaultEvaluationIntervalMs: 10_000,
  nomadApms: new Set(['nomad-apm']),
};

/** What is decoded from a text; diagnostics as lines, warnings marked as such. */
export function decodeText(text: string, options: Partial<DecodeOptions> = {}, name = 'web.hcl') {
  const decoded = decodePolicyFile(new Source(name, text), { settings, ...options });
  const lines = decoded.diagnostics.map(
    (one) => `${one.severity === 'warning' ? 'warning: ' : ''}${formatDiagnostic(one)}`,
  );
  return { ...decoded, lines };
}

/** The only policy of a text that must be faultless. */
export function soundPolicy(text: string, options: Partial<DecodeOptions> = {}): Policy {
  const { policies, lines } = decodeText(text, options);
  const [policy] = policies;
  if (policy === undefined || policies.length > 1 || lines.length > 0) {
    throw new Error(`not one faultless policy: ${policies.length}\n${lines.join('\n')}`);
  }
  return policy;
}

export interface Parts {
  readonly name: string;
  /** Lines of the scaling block. */
  readonly head: string;
  /** Lines of the policy block beside the check and the target. */
  readonly policy: string;
  /** Lines of the check beside its strategy. */
  readonly check: string;
  readonly strategy: string;
  readonly target: string;
}

/** A policy file with one policy and one check, parts of it replaced. */
export function policyText(parts: Partial<Parts> = {}): string {
  const {
    name = 'web',
    head = 'min = 1\nmax = 4',
    policy = '',
    check = 'source = "prometheus"\nquery = "avg(load)"',
    strategy = 'strategy "target-value" {\ntarget = 70\n}',
    target = 'target "nomad-target" {\nJob = "web"\nGroup = "app"\n}',
  } = parts;
  return `scaling "${name}" {
enabled = true
${head}
policy {
${policy}
check "load" {
${check}
${strategy}
}
${target}
}
}
`;
}
