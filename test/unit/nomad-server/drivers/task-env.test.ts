import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inheritable } from '../../../../src/nomad-server/drivers/system.ts';
import { interpolate } from '../../../../src/nomad-server/drivers/task-env.ts';
import { fakeMachine } from '../../../support/machine.ts';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';

test('what is named stands for its value, what nobody knows stays as it stands', () => {
  const values = { NOMAD_JOB_ID: 'web', HOME: '/me', 'attr.cpu.arch': 'amd64', 'meta.rack': 'r1' };
  const text = '${NOMAD_JOB_ID} ${env["HOME"]} ${ attr.cpu.arch } ${meta.rack} ${NONE} $HOME';
  assert.equal(interpolate(text, values), 'web /me amd64 r1 ${NONE} $HOME');
});

test('tasks inherit nothing that looks like a secret', () => {
  const env = {
    PATH: '/bin',
    ...{ LANG: 'C', KEYBOARD: 'de', PASSAGE: 'x' },
    NOMAD_TOKEN: 'x',
    OS_PASSWORD: 'x',
    MY_API_TOKEN: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    ...{ SOME_API_KEY: 'x', SSH_AUTH_SOCK: 'x', DB_PASS: 'x', GPG_PASSPHRASE: 'x' },
  };
  assert.deepEqual(inheritable(env), { PATH: '/bin', LANG: 'C', KEYBOARD: 'de', PASSAGE: 'x' });
});

test('a task finds Nomad’s variables in its environment', async () => {
  const machine = fakeMachine();
  const nomad = testNomad({ machine, nodes: [{ name: 'n1', datacenter: 'dc1', meta: { rack: 'r1' } }] });
  const task = {
    ...{ Driver: 'raw_exec', Config: { command: '/bin/app' }, Meta: { 'a-key': 'of the task' } },
    ...{ Env: { 'odd-name': 'on ${meta.rack}', PATH: '/opt:${env["PATH"]}' }, Resources: { CPU: 70, MemoryMB: 40 } },
  };
  const group = {
    ...{
      Meta: { b: 'of the group' },
      Networks: [{ DynamicPorts: [{ Label: 'http', To: 8080 }], ReservedPorts: [{ Label: 'adm', Value: 9090 }] }],
    },
  };
  await nomad.put(
    '/v1/jobs',
    jobBody('web', { count: 1, task, group, job: { Name: 'the web', Meta: { b: 'of the job', c: 'd' } } }),
  );
  await nomad.clock.advance(1000);
  const env = machine.processes[0]?.program.env ?? {};
  const [{ ID: id, NodeID }] = (await nomad.get('/v1/job/web/allocations')).json;
  const { AllocatedResources: resources } = (await nomad.get(`/v1/allocation/${id}`)).json;
  const http = resources.Shared.Ports.find((port: { Label: string }) => port.Label === 'http').Value;
  assert.ok(NodeID);
  const folder = `/data/alloc/${id}`;
  const expected = {
    ...{
      NOMAD_ALLOC_DIR: `${folder}/alloc`,
      NOMAD_TASK_DIR: `${folder}/t/local`,
      NOMAD_SECRETS_DIR: `${folder}/t/secrets`,
    },
    ...{
      NOMAD_ALLOC_ID: id,
      NOMAD_SHORT_ALLOC_ID: id.slice(0, 8),
      NOMAD_ALLOC_NAME: 'web.g[0]',
      NOMAD_ALLOC_INDEX: '0',
    },
    ...{ NOMAD_GROUP_NAME: 'g', NOMAD_TASK_NAME: 't', NOMAD_JOB_ID: 'web', NOMAD_JOB_NAME: 'the web' },
    ...{ NOMAD_NAMESPACE: 'default', NOMAD_REGION: 'global', NOMAD_DC: 'dc1' },
    ...{ NOMAD_CPU_LIMIT: '70', NOMAD_MEMORY_LIMIT: '40' },
    ...{ NOMAD_IP_http: '127.0.0.1', NOMAD_PORT_http: '8080', NOMAD_ADDR_http: `127.0.0.1:${http}` },
    ...{
      NOMAD_HOST_IP_http: '127.0.0.1',
      NOMAD_HOST_PORT_http: String(http),
      NOMAD_HOST_ADDR_http: `127.0.0.1:${http}`,
    },
    ...{
      NOMAD_PORT_adm: '9090',
      NOMAD_HOST_PORT_adm: '9090',
      NOMAD_ALLOC_PORT_http: '8080',
      NOMAD_ALLOC_PORT_adm: '9090',
    },
    ...{ NOMAD_META_b: 'of the group', NOMAD_META_B: 'of the group', NOMAD_META_c: 'd', NOMAD_META_C: 'd' },
    ...{ NOMAD_META_a_key: 'of the task', NOMAD_META_A_KEY: 'of the task' },
    ...{ odd_name: 'on r1', PATH: '/opt:/usr/bin:/bin', HOME: '/home/me' },
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(env[name], value, name);
});
