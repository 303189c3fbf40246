import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, nearest, orMeant } from '../../../src/lib/nearest.ts';

const keys = ['cooldown', 'cooldown_on_scale_up', 'evaluation_interval', 'availability_zones', 'name', 'min', 'max'];

test('a misspelt word finds the one that was meant', () => {
  const found = ['cooldwn', 'availavility_zones', 'evaluation-interval', 'Cooldown', 'nmae', 'mxa'].map((word) =>
    nearest(word, keys),
  );
  const meant = ['cooldown', 'availability_zones', 'evaluation_interval', 'cooldown', 'name', 'max'];
  assert.deepEqual(found, meant);
});

test('a word that is like none of them finds nothing', () => {
  assert.equal(nearest('flavor', keys), undefined);
  assert.equal(nearest('x', keys), undefined);
  assert.equal(nearest('cooldown', []), undefined);
});

test('the question is a sentence of its own, the end of one, or nothing', () => {
  assert.equal(didYouMean('cooldwn', keys), ' Did you mean "cooldown"?');
  assert.equal(didYouMean('flavor', keys), '');
  assert.equal(orMeant(nearest('cooldwn', keys)), '; did you mean "cooldown"?');
  assert.equal(orMeant(nearest('flavor', keys)), '');
});
