import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMember, type Pool, poolOf, shownPool, whyEmpty } from '../../../src/nodepool/pool.ts';
import { nodeStub } from '../../support/nodes.ts';

const pool = (config: Parameters<typeof poolOf>[0]): Pool => poolOf(config);

test('cluster-scaling #1: without a key there is no pool', () => {
  assert.throws(() => pool({}), {
    code: 'no_pool_identification',
    message: 'node pool identification method required',
  });
});

test('cluster-scaling #2, #3: each key that is set is one to hold, in a fixed order', () => {
  assert.equal(shownPool(pool({ nodeClass: 'a' })), 'node_class=a');
  assert.equal(shownPool(pool({ datacenter: 'a' })), 'datacenter=a');
  assert.equal(shownPool(pool({ nodePool: 'a' })), 'node_pool=a');
  assert.equal(shownPool(pool({ datacenter: 'b', nodeClass: 'a' })), 'node_class=a, datacenter=b');
  assert.equal(shownPool(pool({ nodePool: 'c', datacenter: 'b' })), 'datacenter=b, node_pool=c');
  assert.equal(
    shownPool(pool({ nodePool: 'c', datacenter: 'b', nodeClass: 'a' })),
    'node_class=a, datacenter=b, node_pool=c',
  );
});

test('cluster-scaling #4, #5, #6, #7: a node belongs by its class, its datacenter or its node pool', () => {
  const table: readonly [Parameters<typeof poolOf>[0], Parameters<typeof nodeStub>[1], boolean][] = [
    [{ nodeClass: 'foo' }, { NodeClass: '' }, false],
    [{ nodeClass: 'foo' }, { NodeClass: 'bar' }, false],
    [{ nodeClass: 'foo' }, { NodeClass: 'foo' }, true],
    [{ nodeClass: 'autoscaler-default-pool' }, { NodeClass: '' }, true],
    [{ datacenter: 'dc1' }, { Datacenter: 'dc1' }, true],
    [{ datacenter: 'dc1' }, { Datacenter: 'eu-west-2a' }, false],
    [{ datacenter: 'eu-west-2a' }, { Datacenter: 'eu-west-2b' }, false],
    [{ nodePool: 'foo' }, { NodePool: 'foo' }, true],
    [{ nodePool: 'foo' }, { NodePool: 'bar' }, false],
  ];
  for (const [config, facts, belongs] of table) {
    assert.equal(isMember(nodeStub('n', facts), pool(config)), belongs, JSON.stringify([config, facts]));
  }
});

test('cluster-scaling #8: of several keys all must hold', () => {
  const all = pool({ nodeClass: 'web', datacenter: 'dc1', nodePool: 'big' });
  const facts = { NodeClass: 'web', Datacenter: 'dc1', NodePool: 'big' };
  assert.equal(isMember(nodeStub('n', facts), all), true);
  assert.equal(isMember(nodeStub('n', { ...facts, NodeClass: 'db' }), all), false);
  assert.equal(isMember(nodeStub('n', { ...facts, Datacenter: 'dc2' }), all), false);
  assert.equal(isMember(nodeStub('n', { ...facts, NodePool: 'small' }), all), false);
});

test('an empty pool is explained by what the nodes have instead, and what to do', () => {
  const nodes = [nodeStub('a', { NodeClass: 'web' }), nodeStub('b', { NodeClass: 'web' }), nodeStub('c')];
  assert.equal(
    whyEmpty(nodes, pool({ nodeClass: 'nom-pool' })),
    'no node has node_class=nom-pool; node_class of the 3 nodes: web (2), unset (1). Set node_class = "nom-pool" in the client block ' +
      "of the pool's nodes, or mend node_class in the policy's target",
  );
  assert.equal(whyEmpty([], pool({ nodeClass: 'x' })), 'Nomad has no nodes at all');
  assert.equal(
    whyEmpty([nodeStub('a', { Status: 'down' })], pool({ datacenter: 'dc1' })),
    'none of its 1 nodes is ready and eligible (down (1))',
  );
  assert.equal(
    whyEmpty(
      [nodeStub('a', { NodeClass: 'web' }), nodeStub('b', { Datacenter: 'dc2' })],
      pool({ nodeClass: 'web', datacenter: 'dc2' }),
    ),
    'no node has node_class=web and datacenter=dc2 at once',
  );
});
