/** What answers of a Prometheus become in the built agent: scripted answers in, rounds of a policy and counts of a job out. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { ask } from '../support/agent-view.ts';
import { startNomad, type TestNomad } from '../support/embedded-nomad.ts';
import { fakeService, type Reply } from '../support/http-apm.ts';
import { eventually, freePort, startProgram, temporaryFolder } from '../support/program.ts';
import { apiError, success } from '../support/prometheus.ts';

interface Round {
  readonly result: string;
  readonly why: string;
  readonly to?: number;
  readonly checks: readonly {
    readonly points?: number;
    readonly dropped?: number;
    readonly partial?: string;
    readonly newest?: { readonly value: number };
    readonly action?: { readonly direction: string; readonly count: number; readonly reason: string };
    readonly left_out?: string;
    readonly error?: string;
    readonly blame?: string;
  }[];
}

const now = () => Date.now() / 1_000;
const vector = (...values: readonly string[]) =>
  success(
    'vector',
    values.map((value, at) => ({ metric: { instance: `10.0.0.${at + 4}:9100` }, value: [now(), value] })),
  );

const targetValue = 'strategy "target-value" {\n target = 70\n}';
const instant = 'query_window = "instant"';

/** A policy of a job of its name at count 4, between 1 and 8. */
function policyText(name: string, check: string, source = 'prometheus'): string {
  return `scaling "${name}" {
  enabled = true
  min = 1
  max = 8
  policy {
    cooldown = "1h"
    evaluation_interval = "1s"
    check "load" {
      source = "${source}"
      query = "load"
      ${check}
    }
    target "nomad-target" {
      Job = "${name}"
      Group = "app"
    }
  }
}
`;
}

async function startAgent(t: TestContext, nomad: TestNomad, apms: string, policies: Readonly<Record<string, string>>) {
  const folder = temporaryFolder(t);
  const port = await freePort();
  for (const name of ['policies', 'plugins']) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, 'agent.hcl'),
    `nomad {\n address = "${nomad.address}"\n}\nhttp {\n bind_port = ${port}\n}\n${apms}`,
  );
  for (const name of Object.keys(policies)) await nomad.register(name, 4);
  for (const name of Object.keys(policies)) {
    await eventually(`4 of ${name}`, async () => ((await nomad.count(name)).running === 4 ? true : undefined));
  }
  for (const [name, text] of Object.entries(policies)) writeFileSync(join(folder, `policies/${name}.hcl`), text);
  const program = startProgram([
    'agent',
    `-config=${folder}/agent.hcl`,
    `-policy-dir=${folder}/policies`,
    `-plugin-dir=${folder}/plugins`,
    '-log-level=debug',
    '-policy-source-disable-nomad',
  ]);
  t.after(() => program.stop());
  const get = async (path: string) => JSON.parse((await ask(`127.0.0.1:${port}`, 'GET', path)).body);
  /** Oldest first. */
  const rounds = async (name: string, atLeast: number): Promise<readonly Round[]> =>
    eventually(`${atLeast} rounds of ${name}`, async () => {
      const one = (await get('/v1/policies')).find((policy: { name: string }) => policy.name === name);
      const found: Round[] | undefined = one && (await get(`/v1/policies/${one.id}`)).ticks;
      return found !== undefined && found.length >= atLeast ? found.toReversed() : undefined;
    });
  return { program, get, rounds };
}

const apm = (label: string, address: string, more = '') =>
  `apm "${label}" {\n driver = "prometheus"\n config = {\n  address = "${address}"\n${more}\n }\n}\n`;

let nomad: TestNomad;
before(async (t) => {
  nomad = await startNomad(6);
  (t as TestContext).after(() => nomad.close());
});

/** One agent, a policy per case: the query of a policy is its name. */
const cases: Readonly<Record<string, { readonly check: string; readonly reply: Reply }>> = {
  'nan-in-the-past': {
    check: targetValue,
    reply: () =>
      success('matrix', [
        {
          metric: {},
          values: ['NaN', 'NaN', '62.5', '71'].map((value, at) => [now() - 60 + at * 15, value]),
        },
      ]),
  },
  infinite: { check: `${instant}\n${targetValue}`, reply: () => vector('+Inf') },
  'infinite-through': { check: `${instant}\nstrategy "pass-through" {}`, reply: () => vector('-Inf') },
  absurd: { check: `${instant}\nstrategy "pass-through" {\n max_scale_up = 1\n}`, reply: () => vector('1e300') },
  empty: { check: `${instant}\n${targetValue}`, reply: () => vector() },
  half: {
    check: `${instant}\n${targetValue}`,
    reply: () =>
      success('vector', [{ metric: {}, value: [now(), '31'] }], {
        warnings: ['No StoreAPIs matched for this query', 'store-2:10901: connection refused'],
      }),
  },
  'half-but-high': {
    check: `${instant}\n${targetValue}`,
    reply: () => success('vector', [{ metric: {}, value: [now(), '84'] }], { warnings: ['store-2 is away'] }),
  },
  many: { check: `${instant}\n${targetValue}`, reply: () => vector('12', '97', '15') },
  'many-threshold': {
    check: `${instant}\nstrategy "threshold" {\n lower_bound = 60\n delta = 1\n within_bounds_trigger = 1\n}`,
    reply: () => vector('12', '97', '15'),
  },
  tenant: { check: `${instant}\n${targetValue}`, reply: () => ({ status: 401, body: 'no org id\n' }) },
  full: {
    check: `${instant}\nstrategy "threshold" {\n lower_bound = 80\n upper_bound = 100\n delta = 1\n within_bounds_trigger = 1\n}`,
    reply: () => vector('100'),
  },
};

test('answers that are no plain numbers never scale in, and the rounds say what was seen', async (t) => {
  const prometheus = await fakeService(t, (seen) => cases[seen.parameters['query'] ?? '']?.reply(seen));
  const policies = Object.fromEntries(
    Object.entries(cases).map(([name, { check }]) => [
      name,
      policyText(name, check).replace('query = "load"', `query = "${name}"`),
    ]),
  );
  const agent = await startAgent(t, nomad, apm('prometheus', prometheus.origin), policies);
  const first = async (name: string) => {
    const [round] = await agent.rounds(name, 1);
    assert.ok(round);
    return { ...round, check: round.checks[0] };
  };
  const desired = async (name: string) => (await nomad.count(name)).desired;

  const past = await first('nan-in-the-past');
  assert.deepEqual([past.result, past.to, past.check?.points, past.check?.dropped], ['scaled', 5, 2, 2]);
  assert.equal(past.check?.newest?.value, 71);

  for (const [name, error] of [
    ['infinite', /^query result value is infinite$/],
    ['infinite-through', /^query result value is infinite$/],
    ['absurd', /1e\+300 is no count of instances/],
    ['empty', /^no metrics available$/],
    ['half', /^the answer is incomplete: No StoreAPIs matched for this query; store-2:10901: connection refused$/],
    ['many', /query returned 3 values at once, for instance="10\.0\.0\.4:9100", instance=/],
    ['tenant', /: client_error: client error: 401: no org id$/],
  ] as const) {
    const { result, check } = await first(name);
    assert.deepEqual([result, check?.left_out], ['hold', 'barred'], name);
    assert.match(check?.error ?? '', error);
    assert.equal(await desired(name), 4, name);
  }
  assert.equal((await first('tenant')).check?.blame, 'usage');

  assert.equal((await first('empty')).check?.points, 0);

  const high = await first('half-but-high');
  assert.deepEqual([high.result, high.to, high.check?.partial], ['scaled', 5, 'store-2 is away']);
  assert.match(agent.program.output(), /\[WARN\].*prometheus query returned warning: .*warning="store-2 is away"/);
  assert.deepEqual([(await first('many-threshold')).to], [5]);

  const full = await first('full');
  assert.equal(full.why, '0 of 1 data points in range (from 80 to below 100, newest 100)');
  const listed: readonly { name: string; warnings: readonly string[] }[] = await agent.get('/v1/policies');
  const warnings = listed.find(({ name }) => name === 'full')?.warnings ?? [];
  assert.match(warnings.join(), /full\.hcl:\d+:\d+: No scaling out at the top; .* 100 itself is excluded/);
});

test('a Prometheus that fails three times is asked once per round, and only its policy waits', async (t) => {
  const failures = [
    { status: 422, body: apiError('execution', 'query processing would load too many samples into memory') },
    { status: 503, body: apiError('timeout', 'query timed out in expression evaluation') },
    {
      status: 400,
      body: apiError('bad_data', 'invalid parameter "query": 1:14: parse error: unclosed left parenthesis'),
    },
  ];
  const prometheus = await fakeService(t, ({ parameters }) =>
    parameters['query'] === 'load' ? (failures.shift() ?? vector('74')) : vector('70'),
  );
  const agent = await startAgent(t, nomad, apm('prometheus', prometheus.origin), {
    'fails-first': policyText('fails-first', `${instant}\n${targetValue}`),
    'goes-on': policyText('goes-on', `${instant}\n${targetValue}`).replace('"load"\n', '"other"\n'),
  });
  const rounds = await agent.rounds('fails-first', 4);
  const errors = rounds.slice(0, 3).map(({ result, checks }) => [result, checks[0]?.error, checks[0]?.blame]);
  const failed = (text: string) => `failed to query source: failed to query: ${text}`;
  assert.deepEqual(errors, [
    ['hold', failed('execution: query processing would load too many samples into memory'), 'remote'],
    ['hold', failed('timeout: query timed out in expression evaluation'), 'remote'],
    ['hold', failed('bad_data: invalid parameter "query": 1:14: parse error: unclosed left parenthesis'), 'usage'],
  ]);
  assert.deepEqual([rounds[3]?.result, rounds[3]?.to], ['scaled', 5]);
  for (const { checks } of await agent.rounds('goes-on', 4)) assert.equal(checks[0]?.error, undefined);
});

test('two APMs of one driver keep path, header and password apart, and a proxy that wants GET gets it', async (t) => {
  const main = await fakeService(t, ({ method }) =>
    method === 'POST' ? { status: 500, body: '{"message":"Unexpected error"}' } : vector('74'),
  );
  const other = await fakeService(t, () => vector('70'));
  const agent = await startAgent(
    t,
    nomad,
    apm('prometheus-main', `${main.origin}/select/0/prometheus/`, '  header_X-Scope-OrgID = "team-a"') +
      apm('prometheus', other.origin, '  basic_auth_user = "scaler"\n  basic_auth_password = "geheim-geheim"'),
    {
      'by-get': policyText('by-get', targetValue, 'prometheus-main'),
      'by-post': policyText('by-post', `${instant}\n${targetValue}`),
    },
  );
  assert.equal((await agent.rounds('by-get', 1))[0]?.to, 5);
  await agent.rounds('by-post', 2);
  assert.deepEqual(
    main.seen
      .slice(0, 2)
      .map(({ method, path, headers }) => [method, path, headers['x-scope-orgid'], headers.authorization]),
    ['POST', 'GET'].map((method) => [method, '/select/0/prometheus/api/v1/query_range', 'team-a', undefined]),
  );
  const [first] = other.seen;
  const basic = `Basic ${Buffer.from('scaler:geheim-geheim').toString('base64')}`;
  assert.deepEqual(
    [first?.path, first?.headers['x-scope-orgid'], first?.headers.authorization],
    ['/api/v1/query', undefined, basic],
  );
  assert.doesNotMatch(agent.program.output(), /geheim-geheim/);
});
