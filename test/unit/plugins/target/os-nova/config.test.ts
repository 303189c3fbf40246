import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugin } from '../../../../../plugins/target/os-nova/index.ts';
import { isOn, readMetadata, splitList, splitNames } from '../../../../../plugins/target/os-nova/lists.ts';
import { randomUuid, serverName, shortUuid } from '../../../../../plugins/target/os-nova/names.ts';
import { balancerOf } from '../../../../../plugins/target/os-nova/settings.ts';
import { seededRandom } from '../../../../../src/simulate/random.ts';
import { policyOf, usualPolicy } from '../../../../support/nova-pool.ts';

const refused = (texts: Readonly<Record<string, string>>, message: string) =>
  assert.throws(() => policyOf(texts), { code: 'invalid_config', message });

test('the zones are read under both spellings, with a word about the wrong one', () => {
  assert.equal(policyOf({ availability_zones: 'az1' }).availabilityZones, 'az1');
  assert.equal(policyOf({ availavility_zones: 'az1' }).availabilityZones, 'az1');
  assert.deepEqual(plugin.checkPolicyConfig({ ...usualPolicy, evenly_split_azs: 'true', availavility_zones: 'az1' }), [
    {
      kind: 'renamed',
      key: 'availavility_zones',
      detail: '"availavility_zones" is taken as "availability_zones"; write "availability_zones"',
    },
  ]);
});

test('os-nova #81: a pool whose name cannot be part of a tag is refused', () => {
  refused({ pool_name: 'a,b' }, 'pool_name cannot be a part of a tag: it contains a slash or a comma');
  refused({ pool_name: 'a/b' }, 'pool_name cannot be a part of a tag: it contains a slash or a comma');
  refused({ pool_name: 'p'.repeat(53) }, 'pool_name cannot be a part of a tag: it is longer than 52 characters');
  assert.equal(policyOf({ pool_name: 'p'.repeat(52) }).poolName.length, 52);
});

test('tags that Nova would refuse are refused before anything is asked of it', () => {
  refused({ tags: 'a/b' }, 'tag "a/b" is impossible: it contains a slash or a comma');
  refused({ tags: 'a;b,c', value_separator: ';' }, 'tag "b,c" is impossible: it contains a slash or a comma');
  refused({ tags: 'a,,b' }, 'tag "" is impossible: it is empty');
  refused({ tags: 't'.repeat(61) }, `tag "${'t'.repeat(61)}" is impossible: it is longer than 60 characters`);
  const many = Array.from({ length: 50 }, (_, at) => `t${at}`).join(',');
  refused({ tags: many }, "a server has at most 50 tags, the pool's own among them");
  policyOf({ tags: many.slice(0, many.lastIndexOf(',')) });
});

test('os-nova #30: a policy without a pool is refused in the words that people know', () => {
  refused({ pool_name: '' }, 'required config param pool_name not found');
});

test('lists are cut at the separator, and trimmed', () => {
  assert.deepEqual(splitList(' a, b ,,c ', ','), ['a', 'b', '', 'c']);
  assert.deepEqual(splitNames(' a, b ,,c ', ','), ['a', 'b', 'c']);
  assert.deepEqual(splitList('a;b,c', ';'), ['a', 'b,c']);
  assert.deepEqual(splitList(undefined, ','), []);
  assert.deepEqual(splitList('  ', ','), []);
});

test('metadata that is not key=value is left out, each in its parts', () => {
  assert.deepEqual(readMetadata(['a=1', 'b=2=3', 'c', 'd=']), {
    values: { a: '1', d: '' },
    broken: [['b', '2', '3'], ['c']],
  });
});

test('a switch is off where Go reads false, and on for any other text', () => {
  for (const text of ['false', '0', 'F', 'FALSE']) assert.equal(isOn(text), false);
  for (const text of ['true', '1', 'yes', 'on']) assert.equal(isOn(text), true);
  assert.equal(isOn(undefined), false);
});

test('os-nova #37: names are the prefix and 13 characters of a UUID, each its own', () => {
  const random = seededRandom(3);
  const names = Array.from({ length: 100 }, () => serverName({ namePrefix: 'w-' }, randomUuid(random)));
  for (const name of names) assert.match(name, /^w-[0-9a-f]{8}-[0-9a-f]{4}$/);
  assert.equal(new Set(names).size, 100);
  assert.match(randomUuid(random), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(shortUuid('01234567-89ab-cdef'), '01234567-89ab');
});

test('a load balancer comes from the policy, else from the plugin, key by key', () => {
  const of = (lbPoolId?: string, lbMemberPort?: number, lbSubnetId?: string) => ({
    lbPoolId,
    lbMemberPort,
    lbSubnetId,
  });
  assert.equal(balancerOf(of(), of()), undefined);
  assert.deepEqual(balancerOf(of(), of('plugin', 1, 's')), { poolId: 'plugin', port: 1, subnetId: 's' });
  assert.deepEqual(balancerOf(of('policy', 2), of('plugin', 1)), { poolId: 'policy', port: 2 });
  assert.throws(() => balancerOf(of('policy'), of()), {
    message: "if 'lb_pool_id' is specified, required config param 'lb_member_port'",
  });
});

/** What whoever checks the policy is told, without the usual keys where the texts empty them. */
const told = (texts: Readonly<Record<string, string>>) =>
  plugin.checkPolicyConfig({ ...usualPolicy, ...texts }).map(({ kind, detail }) => `${kind}: ${detail}`);

test('a policy without fault gets no advice', () => {
  assert.deepEqual(told({ evenly_split_azs: 'true', availability_zones: 'az1,az2', metadata: 'a=1' }), []);
});

test('zones that will not be used are told when the policy is read', () => {
  const text = 'doubtful: availability_zones has no effect without evenly_split_azs = true: Nova chooses the zones';
  assert.deepEqual(told({ availability_zones: 'az1' }), [text]);
  assert.deepEqual(told({ availability_zones: 'az1', evenly_split_azs: 'false' }), [text]);
});

test('what new servers will lack is told when the policy is read', () => {
  assert.deepEqual(told({ name_prefix: '', image_id: '', flavor_name: '', network_id: '' }), [
    'invalid: failed to create server: Missing input for argument [Name]; set name_prefix in the policy’s target',
    'invalid: required config param image_id or image_name',
    'invalid: required config param flavor_id or flavor_name',
    'invalid: required config param network_ids/network_names or network_id/network_name not found',
  ]);
  assert.deepEqual(told({ name: 'n' }), ['invalid: only one of name or name_prefix can have value']);
});

test('a separator that was changed for one list and forgotten for the others is told for each of them', () => {
  const lists = {
    ...{ value_separator: ';', availability_zones: 'north-a;north-b', evenly_split_azs: 'true' },
    ...{ network_id: '', network_names: 'a, b', security_groups: 'x,y', metadata: 'a=1,b=2', tags: 'one,two' },
  };
  assert.deepEqual(told(lists), [
    'invalid: tag "one,two" is impossible: it contains a slash or a comma',
    'doubtful: "a, b" is one item of network_names, since value_separator is ";"',
    'doubtful: "x,y" is one item of security_groups, since value_separator is ";"',
    'doubtful: "one,two" is one item of tags, since value_separator is ";"',
    'doubtful: "a=1,b=2" is left out of the metadata: it is not one key=value',
  ]);
});
