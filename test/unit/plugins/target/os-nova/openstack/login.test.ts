/** Logging in: who, where, how often. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../../../../support/nomad.ts';
import {
  base,
  goodSettings,
  loginReply,
  novaServer,
  openScript,
  whyNotOpen,
} from '../../../../../support/openstack-script.ts';

test('os-nova #7: a URL with its version is taken as it is', async () => {
  const { seen } = await openScript();
  assert.deepEqual(
    seen.filter(({ url }) => url.includes(':5000')).map(({ method, url }) => `${method} ${url}`),
    [`POST ${base}:5000/v3/auth/tokens`],
  );
  assert.deepEqual(seen[0]?.body, {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'scaler', domain: { name: 'Default' }, password: 'hunter2-secret' } },
      },
      scope: { project: { id: 'p-1' } },
    },
  });
});

test('servers of a tag come with all that Nova says of them', async () => {
  const { cloud, to } = await openScript({
    'GET :8774/v2.1/servers/detail': [{ body: { servers: [novaServer({ metadata: { a: '1' } })] } }],
  });
  assert.deepEqual(await cloud.servers('na_pool:nom-pool', never), [
    {
      id: 'id-1',
      name: 'nom-1',
      status: 'ACTIVE',
      taskState: undefined,
      zone: 'az1',
      tags: ['na_pool:nom-pool'],
      metadata: { a: '1' },
      fault: undefined,
      createdAt: Date.UTC(2026, 0, 1),
      updatedAt: Date.UTC(2026, 0, 1, 0, 0, 10),
      accessIPv4: '',
    },
  ]);
  assert.deepEqual(to('GET', '/servers/detail')[0]?.query, { tags: 'na_pool:nom-pool' });
});
