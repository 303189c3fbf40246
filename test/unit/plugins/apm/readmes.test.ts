import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentConfig as datadog } from '../../../../plugins/apm/datadog/config.ts';
import { agentConfig as influxdb } from '../../../../plugins/apm/influxdb/config.ts';
import { agentConfig as instana } from '../../../../plugins/apm/instana/config.ts';
import { agentConfig as nomadApm } from '../../../../plugins/apm/nomad/config.ts';
import { agentConfig as prometheus } from '../../../../plugins/apm/prometheus/config.ts';
import { agentConfig as nomadTarget, policyConfig } from '../../../../plugins/target/nomad/config.ts';
import { formatDiagnostic, Source } from '../../../../src/lib/source.ts';
import { decodePolicyFile } from '../../../../src/policy/decode.ts';
import type { Schema } from '../../../../src/schema/schema.ts';
import { assertTables, policyIn, readmeOf } from '../../../support/readme.ts';

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

for (const [folder, schemas] of tables) {
  const readme = readmeOf(folder);

  test(`the readme of ${folder} has the tables of its keys`, () => assertTables(readme, schemas));

  test(`the policy in the readme of ${folder} is sound`, () => {
    const source = new Source(`${folder}.hcl`, policyIn(readme));
    const { policies, diagnostics } = decodePolicyFile(source, { settings });
    assert.deepEqual(diagnostics.map(formatDiagnostic), []);
    assert.equal(policies.length, 1);
  });
}
