import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meetsVersion } from '../../../../src/nomad-server/scheduler/version.ts';

const cases: readonly (readonly [string, string, 'version' | 'semver', boolean])[] = [
  ['1.8.0', '>= 1.8', 'version', true],
  ['1.10.0', '> 1.9', 'version', true],
  ['1.7.9', '>= 1.2, < 1.7', 'version', false],
  ['1.4.9', '~> 1.4.0', 'version', true],
  ['1.5.0', '~> 1.4.0', 'version', false],
  ['1.9.0', '~> 1.4', 'version', true],
  ['2.0.0', '~> 1.4', 'version', false],
  ['1.8.0-dev', '>= 1.7', 'version', false],
  ['1.8.0-dev', '>= 1.8.0-beta', 'version', true],
  ['1.8.0-dev', '>= 1.7', 'semver', true],
  ['1.8.0-beta.2', '< 1.8.0-beta.10', 'semver', true],
  ['v1.2.3+ent', '= 1.2.3', 'version', true],
  ['1.2.3', '!= 1.2.3', 'version', false],
  ['not a version', '>= 0', 'version', false],
  ['1.2.3', '>= x', 'version', false],
];
for (const [version, constraint, flavour, expected] of cases) {
  test(`${flavour}: ${version} ${expected ? 'meets' : 'does not meet'} ${constraint}`, () => {
    assert.equal(meetsVersion(version, constraint, flavour), expected);
  });
}
