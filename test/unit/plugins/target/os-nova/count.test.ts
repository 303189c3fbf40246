import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Server } from '../../../../../plugins/target/os-nova/cloud.ts';
import { countServers, readIgnoredStates } from '../../../../../plugins/target/os-nova/count.ts';
import { removingMark } from '../../../../../plugins/target/os-nova/mark.ts';

const server = (more: Partial<Server> = {}): Server => ({
  ...{ id: 'i', name: 'n', status: 'ACTIVE', taskState: undefined, zone: 'az1', tags: [], metadata: {} },
  ...{ fault: undefined, createdAt: 1, updatedAt: 2, accessIPv4: '' },
  ...more,
});
const statuses = (...all: readonly string[]) => all.map((status) => server({ status }));
const none = new Set<string>();

test('servers that run are active; those on their way count too', () => {
  const { servers, active, unexpected } = countServers(statuses('ACTIVE', 'BUILD', 'REBOOT', 'HARD_REBOOT'), none);
  assert.deepEqual([servers.length, active, unexpected.length], [4, 1, 0]);
});

test('any other status is told', () => {
  const { servers, active, unexpected } = countServers(statuses('SHUTOFF', 'ERROR', 'VERIFY_RESIZE', 'NEW'), none);
  assert.deepEqual([servers.length, active, unexpected.length], [4, 0, 4]);
});

test('servers that are deleted, or just being, count nowhere', () => {
  const all = [...statuses('SOFT_DELETED', 'DELETED'), server({ taskState: 'deleting' })];
  const { servers, active, zones } = countServers(all, none);
  assert.deepEqual([servers.length, active, zones.size], [0, 0, 0]);
});

test('a server that is about to go counts, but is not active', () => {
  const { servers, active } = countServers([server({ metadata: removingMark(5) }), server()], none);
  assert.deepEqual([servers.length, active], [2, 1]);
});

test('os-nova #24: servers in an ignored state are left out of everything', () => {
  const ignored = readIgnoredStates('error');
  const count = countServers([...statuses('ACTIVE', 'ERROR'), server({ status: 'ERROR', zone: 'az2' })], ignored);
  assert.deepEqual([count.servers.length, count.active, count.unexpected.length, count.ignored.length], [1, 1, 0, 2]);
  assert.deepEqual([...count.zones], [['az1', 1]]);
});

test('os-nova #23: a state that every server passes through cannot be ignored', () => {
  for (const state of ['ACTIVE', 'BUILD', 'REBOOT', 'HARD_REBOOT']) {
    assert.throws(() => readIgnoredStates(` error, ${state.toLowerCase()} `), {
      code: 'invalid_config',
      message: `error setting ignored_states: state '${state}' can't be ignored`,
    });
  }
});

test('ignored states are trimmed and read in any case', () => {
  assert.deepEqual([...readIgnoredStates(' Error , shutoff,,')], ['ERROR', 'SHUTOFF']);
  assert.equal(readIgnoredStates(undefined).size, 0);
});

test('the last event is the newest change of any server', () => {
  const all = [
    server({ createdAt: 10, updatedAt: 20 }),
    server({ createdAt: 30, updatedAt: 0, status: 'SOFT_DELETED' }),
  ];
  assert.equal(countServers(all, none).lastEventAt, 30);
  assert.equal(countServers([], none).lastEventAt, undefined);
});
