import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PluginSchemas } from '../../../src/model/plugin.ts';
import { block, listOf, optional, text } from '../../../src/schema/field.ts';
import { unknownKeys } from '../../../src/schema/strings.ts';
import { decodeText, policyText, soundPolicy } from '../../support/policy-file.ts';

/** os-nova and target-value publish what they know; other labels publish nothing. */
const plugins: PluginSchemas = {
  policyConfig(type, label) {
    const zones = optional(listOf(text({ doc: 'Zones.', aliases: ['availavility_zones'] })));
    const pool = block({ availabilityZones: zones, nodeClass: text({ doc: 'Class.' }) });
    const strategy = block({ target: text({ doc: 'Aim.' }) });
    if (type === 'target' && label === 'os-nova') return (map) => unknownKeys(pool, map);
    if (type !== 'strategy' || label !== 'target-value') return undefined;
    const aim = 'invalid value for `target`: much (string)';
    return (map) => [
      ...(map['target'] === 'much' ? [{ kind: 'invalid', key: 'target', detail: aim } as const] : []),
      ...unknownKeys(strategy, map),
    ];
  },
};

test('unknown keys of plugins that publish a schema are warnings at their place, and errors when strict', () => {
  const source = policyText({
    strategy: 'strategy "target-value" {\ntarget = "much"\nthresold = 1\n}',
    target: 'target "os-nova" {\nnode_clas = "x"\nNode_Class = "y"\navailavility_zones = "az1"\n}',
  });
  const expected = [
    'web.hcl:16:1: Unknown setting; unknown key "node_clas"; did you mean "node_class"?',
    'warning: web.hcl:17:1: Misspelled setting; "Node_Class" is taken as "node_class"; write "node_class"',
    'warning: web.hcl:18:1: Misspelled setting; "availavility_zones" is taken as "availability_zones"; write "availability_zones"',
    'web.hcl:11:10: Unsuitable setting; invalid value for `target`: much (string)',
    'web.hcl:12:1: Unknown setting; unknown key "thresold"',
  ];
  const lenient = decodeText(source, { plugins });
  assert.deepEqual(
    lenient.lines,
    expected.map((line) => `warning: ${line.replace('warning: ', '')}`),
  );
  assert.equal(lenient.policies.length, 1);
  assert.deepEqual(
    lenient.policies[0]?.warnings,
    expected.map((line) => line.replace('warning: ', '')),
  );
  const strict = decodeText(source, { plugins, strict: true });
  assert.deepEqual(strict.lines, expected);
  assert.deepEqual([strict.policies, strict.broken], [[], ['web']]);
});

test("a foreign plugin's settings pass as they are", () => {
  const target = 'target "hcloud-server" {\nanything = 1\nGoes_Here = "x"\n}';
  const policy = soundPolicy(policyText({ target }));
  assert.equal(policy.target.config['Goes_Here'], 'x');
  assert.deepEqual(decodeText(policyText({ target }), { plugins, strict: true }).lines, []);
});

test('a label that leads to no plugin is a warning with the nearest label, or all of them', () => {
  const labels = {
    apm: new Set(['prometheus']),
    strategy: new Set(['target-value', 'threshold']),
    target: new Set<string>(),
  };
  const strategy = 'strategy "target-valeu" {}';
  const { policies, lines } = decodeText(policyText({ strategy }), { labels });
  assert.equal(policies.length, 1);
  assert.deepEqual(lines, [
    'warning: web.hcl:12:1: Unknown target plugin; No target plugin "nomad-target" is configured; configured are none',
    'warning: web.hcl:10:1: Unknown strategy plugin; No strategy plugin "target-valeu" is configured; did you mean "target-value"?',
  ]);
});
