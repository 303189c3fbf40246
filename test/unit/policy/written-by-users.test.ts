/** Texts as users write them, and exactly what must arrive. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeText, policyText, soundPolicy } from '../../support/policy-file.ts';

const queryOf = (written: string) =>
  soundPolicy(policyText({ check: `source = "prometheus"\nquery = ${written}` })).checks[0]?.query;

/** What is written, and the query that arrives. */
const queries: readonly (readonly [string, string])[] = [
  ['"rate(hits{team=\\"$${team}\\"}[1m]) %% 10"', 'rate(hits{team="${team}"}[1m]) %% 10'],
  [
    '"label_replace(x, \\"h\\", \\"$1\\", \\"i\\", \\"(.*):\\\\d+\\")"',
    'label_replace(x, "h", "$1", "i", "(.*):\\d+")',
  ],
  ['"${"load"}_now{zone=\\"$${zone}\\"} > 5%${""}"', 'load_now{zone="${zone}"} > 5%'],
  ['<<Q\nsum(load)\nQ  ', 'sum(load)\n'],
  ['<<-Q\n\t\tsum(load)\n\t\t\tby (zone)\n\t\tQ', 'sum(load)\n\tby (zone)\n'],
];

test('signs that HCL and PromQL both know, and heredocs with blanks and tabs, arrive as they are meant', () => {
  for (const [written, query] of queries) assert.equal(queryOf(written), query, written);
});

test('numbers arrive digit by digit', () => {
  const strategy =
    'strategy "threshold" {\na = 9007199254740993\nb = 4e-06\nc = -3.5\nd = -0.50\ne = -1\nf = 4e1\ng = 70.0\n}';
  const config = soundPolicy(policyText({ strategy })).checks[0]?.strategy.config;
  const [a, b, c, d, e, f, g] = ['9007199254740993', '0.000004', '-3.5', '-0.5', '-1', '40', '70'];
  assert.deepEqual(config, { a, b, c, d, e, f, g });
});

test('JSON of a converter that wraps every body in a list, with comments, keeps order and types', () => {
  const check = (name: string, value: number) => ({
    [name]: [{ source: 'prometheus', query: name, strategy: [{ 'fixed-value': [{ '//': 'why', value }] }] }],
  });
  const target = [{ 'nomad-target': [{ '//': 'here', Job: 'web', Group: 'app', 'dry-run': false }] }];
  const policy = [{ check: [check('late', 2), check('early', 1)], target }];
  const text = JSON.stringify({ scaling: [{ web: [{ '//': 'made', enabled: true, max: 4, policy }] }] });
  const { policies, lines } = decodeText(`\uFEFF${text}`, {}, 'web.json');
  assert.deepEqual(lines, []);
  assert.deepEqual(
    policies[0]?.checks.map(({ name, strategy }) => [name, strategy.config]),
    [
      ['late', { value: '2' }],
      ['early', { value: '1' }],
    ],
  );
  const { _nomad_autoscaler_grpc_timeout, ...config } = policies[0]?.target.config ?? {};
  assert.deepEqual(config, { Job: 'web', Group: 'app', 'dry-run': 'false' });
});
