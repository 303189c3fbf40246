import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pluginJson } from '../../../src/http/plugin-json.ts';
import type { PluginView } from '../../../src/http/view.ts';

const plugin: PluginView = {
  type: 'target',
  label: 'cloud',
  driver: 'os-nova',
  isolation: 'process',
  path: '/plugins/os-nova',
  pid: 7,
  state: 'waiting',
  since: Date.UTC(2026, 0, 1),
  restarts: 2,
  deadlinesMissed: 1,
  error: 'it ended',
  lastError: 'it ended',
};

test('a plugin is shown in the words of the other answers', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(pluginJson(plugin))), {
    type: 'target',
    label: 'cloud',
    driver: 'os-nova',
    isolation: 'process',
    path: '/plugins/os-nova',
    pid: 7,
    state: 'waiting',
    since: '2026-01-01T00:00:00.000Z',
    restarts: 2,
    deadlines_missed: 1,
    error: 'it ended',
    last_error: 'it ended',
  });
});
