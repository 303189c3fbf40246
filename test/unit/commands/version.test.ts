import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Build, humanVersion } from '../../../src/commands/version.ts';

test('agent #A68: a version is put together from what the build knows', () => {
  const cases: readonly (readonly [Partial<Build>, string])[] = [
    [{ commit: '440bca3+CHANGES', version: '0.1.3', prerelease: 'dev' }, 'v0.1.3-dev (440bca3+CHANGES)'],
    [{ commit: '440bca3', version: '0.6.0', prerelease: 'beta1' }, 'v0.6.0-beta1 (440bca3)'],
    [{ commit: '440bca3', describe: 'v1.0.0', version: '1.0.0' }, 'v1.0.0 (440bca3)'],
    [{ version: '1.0.0', metadata: 'special' }, 'v1.0.0-dev+special'],
    [
      { commit: '440bca3', describe: 'v1.0.0+special', version: '1.0.0', metadata: 'special' },
      'v1.0.0+special (440bca3)',
    ],
    [{ version: '1.0.0-rc1', prerelease: 'rc1' }, 'v1.0.0-rc1'],
    [{ version: "'1.0.0'", prerelease: 'x' }, 'v1.0.0-x'],
  ];
  const nothing: Build = { commit: '', describe: '', version: '', prerelease: '', metadata: '' };
  for (const [build, expected] of cases) assert.equal(humanVersion({ ...nothing, ...build }), expected);
});
