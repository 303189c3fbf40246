import { test } from 'node:test';
import fc from 'fast-check';
import { checkCases, isLong, seed, tellCourse, tellScene } from './nomad-server-cases.ts';
import { runScene } from './nomad-server-plans.ts';
import { scenes } from './nomad-server-scenes.ts';
import { courses } from './nomad-server-steps.ts';
import { runCourse } from './nomad-server-world.ts';

const scenesPerType = isLong ? 25_000 : 500;
const courseCount = isLong ? 2500 : 150;

console.log(`embedded Nomad: seed ${seed}, ${4 * scenesPerType} scenes and ${courseCount} courses`);

for (const [set, type] of (['service', 'batch', 'system', 'sysbatch'] as const).entries()) {
  test(`${scenesPerType} evaluations of ${type} jobs keep every rule of placement, and change nothing when repeated`, async () => {
    await checkCases(fc.property(scenes([type]), runScene), { set, numRuns: scenesPerType }, tellScene);
  });
}

test(`${courseCount} courses of events keep every rule on their way, and end with everybody served or told why not`, async () => {
  await checkCases(fc.asyncProperty(courses, runCourse), { set: 4, numRuns: courseCount }, tellCourse);
});
