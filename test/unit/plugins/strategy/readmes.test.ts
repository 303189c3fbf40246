import assert from 'node:assert/strict';
import { test } from 'node:test';
import { config as fixedValue } from '../../../../plugins/strategy/fixed-value/config.ts';
import { config as passThrough } from '../../../../plugins/strategy/pass-through/config.ts';
import { config as targetValue } from '../../../../plugins/strategy/target-value/config.ts';
import { config as threshold } from '../../../../plugins/strategy/threshold/config.ts';
import { bundledPlugins } from '../../../../src/builtin.ts';
import { formatDiagnostic, Source } from '../../../../src/lib/source.ts';
import { defaultBlocks } from '../../../../src/plugin-manager/catalog.ts';
import { readSchemas } from '../../../../src/plugin-manager/schemas.ts';
import { decodePolicyFile } from '../../../../src/policy/decode.ts';
import type { Schema } from '../../../../src/schema/schema.ts';
import { fakeShelf } from '../../../support/plugin-fakes.ts';
import { assertTables, policyIn, readmeOf } from '../../../support/readme.ts';

const schemas: Readonly<Record<string, Schema>> = {
  'fixed-value': fixedValue,
  'pass-through': passThrough,
  'target-value': targetValue,
  threshold,
};
const settings = {
  defaultCooldownMs: 300_000,
  defaultEvaluationIntervalMs: 10_000,
  nomadApms: new Set(['nomad-apm']),
};

for (const [name, schema] of Object.entries(schemas)) {
  const readme = readmeOf(`strategy/${name}`);

  test(`the readme of ${name} has the table of its keys`, () => assertTables(readme, [schema]));

  test(`the policy in the readme of ${name} is sound, its keys are known`, async () => {
    const plugins = await readSchemas(defaultBlocks, fakeShelf({}, bundledPlugins(process.execPath)));
    const source = new Source(`${name}.hcl`, policyIn(readme));
    const { policies, diagnostics } = decodePolicyFile(source, { settings, plugins, strict: true });
    assert.deepEqual(diagnostics.map(formatDiagnostic), []);
    assert.ok(policies[0]?.checks.some(({ strategy }) => strategy.name === name));
  });
}
