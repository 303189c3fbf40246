/** Each executable that the build makes, under a host that is Go's, as upstream's agent would start it from its plugin folder. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { bundledPlugins } from '../../src/builtin.ts';
import type { Action } from '../../src/model/action.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { type GoHost, startGoHost } from '../support/go-host.ts';
import { buildGo } from '../support/go-programs.ts';
import { never } from '../support/goplugin.ts';
import { builtPlugin } from '../support/plugin-pair.ts';
import { runInput, span, up } from './calls.ts';

const go = buildGo('./host');

/** Nobody listens there. */
const nowhere = 'http://127.0.0.1:1';
const refused = /dial tcp 127\.0\.0\.1:1: connect: connection refused$/;

interface Case {
  /** What the agent's block may not hold, and the text about it. */
  readonly badConfig?: readonly [StringMap, string];
  /** With which it opens although nobody is there. */
  readonly config?: StringMap;
  /** Calls and the texts that they end with. */
  readonly failing: readonly (readonly [(host: GoHost) => unknown, string | RegExp])[];
  readonly answering?: readonly [(host: GoHost) => unknown, unknown];
}

const run = (config: StringMap) => (host: GoHost) => host.strategy.run(runInput(config), never);
const query = (text: string) => (host: GoHost) => host.apm.query(text, span, never);
const to = (count: number, reason: string): Action => ({
  ...{ direction: count > 3 ? 'up' : 'down', count, reason, meta: {} },
});
const noAddress = (doing = '') =>
  `${doing}invalid address 'nope': expected http://host:port, https://host:port or unix:///path`;

const cases: Readonly<Record<string, Case>> = {
  datadog: {
    badConfig: [{ dd_app_key: 'b' }, '"dd_api_key" config value cannot be empty'],
    config: { dd_api_key: 'a', dd_app_key: 'b' },
    failing: [],
  },
  'fixed-value': {
    config: {},
    failing: [[run({ value: 'x' }), 'invalid value for `value`: x (string)']],
    answering: [run({ value: '6' }), to(6, 'scaling up because fixed value is 6')],
  },
  influxdb: {
    badConfig: [{}, 'address config value cannot be empty'],
    config: { address: nowhere, database: 'db' },
    failing: [[query('x'), refused]],
  },
  instana: {
    badConfig: [{ endpoint: nowhere }, 'api_token config value cannot be empty'],
    config: { endpoint: nowhere, api_token: 't' },
    failing: [[query('{}'), refused]],
  },
  'nomad-apm': {
    badConfig: [{ nomad_address: 'nope' }, noAddress('failed to instantiate Nomad client: ')],
    config: { nomad_address: nowhere },
    failing: [
      [query('bad'), 'unsupported query type "bad"'],
      [query('taskgroup_avg_cpu/app/web@default'), refused],
    ],
  },
  'nomad-target': {
    badConfig: [{ nomad_address: 'nope' }, noAddress()],
    config: { nomad_address: nowhere },
    failing: [
      [(host) => host.target.status({ Group: 'b' }, never), 'required config key "Job" not found'],
      [(host) => host.target.status({ Job: 'a', Group: 'b' }, never), refused],
      [(host) => host.target.scale(up, { Job: 'a', Group: 'b' }, never), refused],
    ],
  },
  'os-nova': {
    badConfig: [
      { auth_url: nowhere },
      'failed to authenticate with OS: You must provide exactly one of UserID or Username to authenticate',
    ],
    failing: [],
  },
  'pass-through': {
    config: {},
    failing: [[run({ max_scale_up: 'x' }), 'invalid value for `max_scale_up`: x (string)']],
    answering: [run({}), to(2, 'scaling down because metric is 2')],
  },
  prometheus: {
    badConfig: [{}, '"address" config value cannot be empty'],
    config: { address: nowhere },
    failing: [[query('up'), refused]],
  },
  'target-value': {
    config: {},
    failing: [[run({}), 'missing required field `target`']],
    answering: [run({ target: '1' }), to(6, 'scaling up because factor is 2.000000')],
  },
  threshold: {
    config: {},
    failing: [[run({ delta: '1' }), 'missing required field, must have either "lower_bound" or "upper_bound"']],
    answering: [
      run({ upper_bound: '5', delta: '1', within_bounds_trigger: '1' }),
      to(4, 'scaling up because metric is within bounds'),
    ],
  },
};

describe('bundled executables under a Go host', { skip: go.leftOut }, () => {
  for (const { driver, type } of bundledPlugins(process.execPath)) {
    const { badConfig, config, failing = [], answering } = cases[driver] ?? {};
    for (const isEncrypted of [false, true]) {
      const checked = driver === 'nomad-target' ? 'plugins #19: ' : '';
      test(`${checked}${driver} ${isEncrypted ? 'with AutoMTLS' : 'without TLS'}`, async (t) => {
        const host = await startGoHost(go.folder, builtPlugin(driver), type, { isEncrypted });
        t.after(() => host.close());
        assert.deepEqual(await host.info(), { name: driver, type });
        if (badConfig !== undefined) await assert.rejects(host.setConfig(badConfig[0]), { details: badConfig[1] });
        if (config !== undefined) await host.setConfig(config);
        for (const [call, details] of failing) await assert.rejects(async () => call(host), { status: 2, details });
        if (answering !== undefined) assert.deepEqual(await answering[0](host), answering[1]);
        const errors = host.log.lines('error');
        const { forced, ms } = await host.kill();
        assert.deepEqual([forced, ms < 2000], [false, true]);
        const { level, fields } = await host.log.has('plugin process exited');
        assert.deepEqual([level, fields['error']], ['info', undefined]);
        assert.equal(existsSync(host.address), false);
        assert.deepEqual(host.log.lines('error'), errors);
      });
    }
  }
});
