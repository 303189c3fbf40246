/** The scenarios of the os-nova plugin on a real OpenStack: `npm run test:openstack`. */
import { test } from 'node:test';
import { slowBootScenarios } from './scale-out.ts';
import { playOn } from './scenarios.ts';
import { isTestBedThere, openTestBed, testBedDir } from './test-bed.ts';

if (isTestBedThere()) playOn('a real OpenStack', openTestBed, slowBootScenarios);
else test('os-nova on a real OpenStack', { skip: `left out: no test bed has been started in ${testBedDir}` });
