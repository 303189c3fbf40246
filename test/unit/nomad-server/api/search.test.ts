import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';

test('nomad-api #87: three digits of a node ID find the node', async () => {
  const nomad = testNomad();
  const [node] = (await nomad.get('/v1/nodes')).json;
  const found = await nomad.put('/v1/search', { Prefix: node.ID.slice(0, 3), Context: 'nodes' });
  assert.deepEqual(found.json.Matches, { nodes: [node.ID] });
  assert.deepEqual(found.json.Truncations, { nodes: false });
});

test('at most 20 matches of a kind are told, and that there are more', async () => {
  const nomad = testNomad();
  for (let at = 0; at < 21; at++) await nomad.put('/v1/jobs', jobBody(`web-${at}`));
  const found = (await nomad.put('/v1/search', { Prefix: 'web', Context: 'jobs' })).json;
  assert.equal(found.Matches.jobs.length, 20);
  assert.deepEqual(found.Truncations, { jobs: true });
});

test('a search of one namespace does not see the jobs of another', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/namespace', { Name: 'qa' });
  await nomad.put('/v1/jobs', jobBody('web', { job: { Namespace: 'qa' } }));
  const search = async (query: string) =>
    (await nomad.put(`/v1/search${query}`, { Prefix: 'w', Context: 'jobs' })).json.Matches.jobs;
  assert.deepEqual(
    [await search(''), await search('?namespace=qa'), await search('?namespace=*')],
    [null, ['web'], ['web']],
  );
});

test('a fuzzy search looks into names, and finds tasks and images with their way', async () => {
  const nomad = testNomad();
  await nomad.put(
    '/v1/jobs',
    jobBody('shop', { task: { Name: 'redis', Config: { image: 'redis:7', run_for: '1h' } } }),
  );
  const { Matches } = (await nomad.put('/v1/search/fuzzy', { Text: 'EDI', Context: 'jobs' })).json;
  assert.deepEqual(Matches, {
    tasks: [{ ID: 'redis', Scope: ['default', 'shop', 'g'] }],
    images: [{ ID: 'redis:7', Scope: ['default', 'shop', 'g', 'redis'] }],
  });
});
