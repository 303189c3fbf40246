/** The scheduler's settings, which can be changed while Nomad runs. */
import type { JsonObject } from '../../../lib/json.ts';
import { type AnyCall, attempt } from '../cli/command.ts';

export interface SchedulerSettings {
  readonly SchedulerConfig: JsonObject & { readonly PauseEvalBroker: boolean; readonly PreemptionConfig: JsonObject };
}

export const settingsPath = '/v1/operator/scheduler/configuration';

export async function schedulerSettings({ client, signal }: AnyCall): Promise<SchedulerSettings> {
  const reading = client.object<SchedulerSettings>(settingsPath, {}, signal);
  return (await attempt('Error querying scheduler configuration', reading)).value;
}
