/** The suite of the os-nova plugin: the same scenarios on every cloud. */
import { after, before, describe, test } from 'node:test';
import { acceptanceScenarios } from './acceptance.ts';
import type { TestCloud } from './cloud.ts';
import { crashScenarios } from './crash.ts';
import { faultScenarios } from './faults.ts';
import { scaleInScenarios } from './scale-in.ts';
import { scaleOutScenarios } from './scale-out.ts';
import type { Scenario } from './stage.ts';

const all: Readonly<Record<string, Scenario>> = {
  ...acceptanceScenarios,
  ...scaleOutScenarios,
  ...scaleInScenarios,
  ...faultScenarios,
  ...crashScenarios,
};

/**
 * One after the other: they share the cloud's project.
 *
 * @param more  scenarios that only this cloud can play.
 */
export function playOn(
  name: string,
  start: () => Promise<TestCloud>,
  more: Readonly<Record<string, Scenario>> = {},
): void {
  describe(`os-nova on ${name}`, { concurrency: 1 }, () => {
    let cloud: TestCloud | undefined;
    before(async () => {
      cloud = await start();
    });
    after(() => cloud?.close());
    for (const [title, play] of Object.entries({ ...all, ...more })) {
      test(title, async (t) => {
        if (cloud === undefined) throw new Error(`${name} did not start`);
        await play(t, cloud);
      });
    }
  });
}
