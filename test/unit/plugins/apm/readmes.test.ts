import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { agentConfig as datadog } from '../../../../plugins/apm/datadog/config.ts';
import { agentConfig as influxdb } from '../../../../plugins/apm/influxdb/config.ts';
import { agentConfig as instana } from '../../../../plugins/apm/instana/config.ts';
import { agentConfig as nomadApm } from '../../../../plugins/apm/nomad/config.ts';
import { agentConfig as prometheus } from '../../../../plugins/apm/prometheus/config.ts';
import { agentConfig as nomadTarget, policyConfig } from '../../../../plugins/target/nomad/config.ts';
import { formatDiagnostic, Source } from '../../../../src/lib/source.ts';
import { decodePolicyFile } from '../../../../src/policy/decode.ts';
import { describe, markdown } from '../../../../src/schema/describe.ts';
import type { Schema } from '../../../../src/schema/schema.ts';

const tables: readonly (readonly [string, readonly Schema[]])[] = [
  ['apm/datadog', [datadog]],
  ['apm/influxdb', [influxdb]],
  ['apm/instana', [instana]],
  ['apm/nomad', [nomadApm]],
  ['apm/prometheus', [prometheus]],
  ['target/nomad', [nomadTarget, policyConfig]],
];
const settings = {
  defaultCooldownMs: 300_000,
  defaultEvaluationIntervalMs: 10_000,
  nomadApms: new Set(['nomad-apm']),
};

/** Without the padding of table cells, which is the formatter's. */
const tight = (text: string) => text.replaceAll(/ *\| */g, '|').replaceAll(/-{3,}/g, '---');

for (const [folder, schemas] of tables) {
  const readme = readFileSync(new URL(`../../../../plugins/${folder}/README.md`, import.meta.url), 'utf8');

  test(`the readme of ${folder} has the tables of its keys`, () => {
    for (const schema of schemas) {
      const table = markdown(describe(schema));
      assert.ok(tight(readme).includes(`\n${tight(table)}\n`), `it should have\n${table}`);
    }
  });

  test(`the policy in the readme of ${folder} is sound`, () => {
    const [, policy = ''] = /```hcl\n([\s\S]*?)```/.exec(readme) ?? [];
    const { policies, diagnostics } = decodePolicyFile(new Source(`${folder}.hcl`, policy), { settings });
    assert.deepEqual(diagnostics.map(formatDiagnostic), []);
    assert.equal(policies.length, 1);
  });
}
