/** Follows a deployment until it ends, writing it whenever it changes. */
import { sleep } from '../../../lib/clock.ts';
import type { Deployment } from '../../../nomad/evaluation-types.ts';
import { isActive } from '../../../nomad/jobs.ts';
import { type AnyCall, attempt } from '../cli/command.ts';
import { deploymentText } from '../deployment/text.ts';
import { timeText } from '../text/times.ts';

/** A deployment that moves fast is not written more often than this. */
const restMs = 1000;

/** @returns the deployment as it ended. */
export async function monitorDeployment(call: AnyCall, id: string, isVerbose: boolean): Promise<Deployment> {
  let index = 0;
  for (;;) {
    const reading = call.client.object<Deployment>(`/v1/deployment/${id}`, index === 0 ? {} : { index }, call.signal);
    const answer = await attempt('Error fetching deployment', reading);
    if (answer.index !== index) {
      const text = `${timeText(call.clock.now())}\n${deploymentText(answer.value, isVerbose)}`;
      call.out(`    \n${text}`);
    }
    index = answer.index;
    if (!isActive(answer.value)) return answer.value;
    await sleep(call.clock, restMs, call.signal);
  }
}
