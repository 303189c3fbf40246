import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsFromEnv, settingsToConfig } from '../../../src/nomad/settings.ts';
import { defaultBlocks, inherit, mergeBlocks, pluginName } from '../../../src/plugin-manager/catalog.ts';
import { pluginBlock } from '../../support/plugin-fakes.ts';

test('without any block there are one APM, one target and four strategies', () => {
  assert.deepEqual(
    defaultBlocks.map(({ type, label, driver }) => `${type} ${label} ${driver === label}`),
    [
      'apm nomad-apm true',
      'target nomad-target true',
      'strategy fixed-value true',
      'strategy pass-through true',
      'strategy target-value true',
      'strategy threshold true',
    ],
  );
});

test('plugins #67: a later config replaces the whole map, and a later driver counts', () => {
  const base = [pluginBlock('apm', 'prometheus', { config: { address: 'a', header: 'b' }, args: ['-v'] })];
  const [merged, ...rest] = mergeBlocks(base, [pluginBlock('apm', 'prometheus', { config: { address: 'c' } })]);
  assert.deepEqual(rest, []);
  assert.deepEqual(merged, { ...base[0], config: { address: 'c' } });
  const [other] = mergeBlocks(base, [pluginBlock('apm', 'prometheus', { driver: 'other' })]);
  assert.equal(other?.driver, 'other');
  assert.deepEqual(other?.config, { address: 'a', header: 'b' });
});

test('a label may stand once per type, and new ones are added', () => {
  const merged = mergeBlocks([pluginBlock('apm', 'x')], [pluginBlock('target', 'x'), pluginBlock('apm', 'y')]);
  assert.deepEqual(
    merged.map(({ type, label }) => `${type} ${label}`),
    ['apm x', 'target x', 'apm y'],
  );
});

test('plugins #43, #44, agent #A49, #A50, #A51: what a block leaves out is inherited, unless it says no', () => {
  const nomad = { nomad_address: 'http://nomad:4646', nomad_region: 'eu', nomad_token: 't' };
  const wrong: string[] = [];
  const inheritAs = (config: Record<string, string>) => inherit(config, nomad, (text) => wrong.push(text));
  assert.deepEqual(inheritAs({}), nomad);
  assert.deepEqual(inheritAs({ nomad_region: 'us', nomad_token: '' }), { ...nomad, nomad_region: 'us' });
  for (const yes of ['true', '1', 'T']) {
    assert.deepEqual(inheritAs({ nomad_config_inherit: yes }), { nomad_config_inherit: yes, ...nomad });
  }
  assert.deepEqual(wrong, []);
  for (const no of ['false', '0', 'falso']) {
    assert.deepEqual(inheritAs({ nomad_config_inherit: no }), { nomad_config_inherit: no });
  }
  assert.deepEqual(wrong, ['falso']);
});

test('plugins #45, agent #A52: the wait time is inherited as canonical text', () => {
  const nomad = settingsToConfig({ ...settingsFromEnv({}), waitMs: 120_000 });
  const config = inherit({}, nomad, () => undefined);
  assert.equal(config['nomad_block-query-wait-time'], '2m0s');
});

test('plugins #33: a plugin is named by its label and type', () => {
  const names = (['apm', 'target', 'strategy'] as const).map((type) => pluginName({ type, label: 'foobar' }));
  assert.deepEqual(names, ['"foobar" (apm)', '"foobar" (target)', '"foobar" (strategy)']);
});
