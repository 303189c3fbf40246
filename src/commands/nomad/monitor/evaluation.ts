/** Follows an evaluation to its end, and then the deployment that it is part of. */
import { sleep } from '../../../lib/clock.ts';
import type { AllocStub } from '../../../nomad/allocation-types.ts';
import type { Evaluation } from '../../../nomad/evaluation-types.ts';
import { type AnyCall, attempt } from '../cli/command.ts';
import { failureLines } from '../text/failures.ts';
import { shortId } from '../text/ids.ts';
import { timeText } from '../text/times.ts';
import { monitorDeployment } from './deployment.ts';

const pollMs = 1000;

export interface MonitorOptions {
  /** Whole IDs. */
  readonly isVerbose?: boolean;
}

/** @returns the exit status: 0, 1 when the evaluation or its deployment failed, 2 when not everything was placed. */
export async function monitorEvaluation(call: AnyCall, id: string, options: MonitorOptions = {}): Promise<number> {
  const { isVerbose = false } = options;
  const report = new Report(call, isVerbose);
  report.head(`Monitoring evaluation "${shortId(id, isVerbose)}"`);
  for (;;) {
    const path = `/v1/evaluation/${id}`;
    const reading = call.client.object<Evaluation>(path, {}, call.signal);
    const evaluation = (await attempt('Error reading evaluation', reading)).value;
    const listing = call.client.list<AllocStub>(`${path}/allocations`, {}, call.signal);
    const allocations = (await attempt('Error reading allocations', listing)).value;
    report.changes(evaluation, allocations);
    if (['complete', 'failed', 'canceled'].includes(evaluation.Status)) {
      const isPlaced = report.end(evaluation);
      if (evaluation.DeploymentID) {
        report.head(`Monitoring deployment "${shortId(evaluation.DeploymentID, isVerbose)}"`);
        const deployment = await monitorDeployment(call, evaluation.DeploymentID, isVerbose);
        if (deployment.Status !== 'successful') return 1;
      }
      return evaluation.Status === 'complete' ? (isPlaced ? 0 : 2) : 1;
    }
    await sleep(call.clock, pollMs, call.signal);
  }
}

/** The lines of a monitor, each with its time: what is new since the last look. */
class Report {
  readonly #call: AnyCall;
  readonly #isVerbose: boolean;
  #evaluation: Evaluation | undefined;
  readonly #clientStatuses = new Map<string, string>();

  constructor(call: AnyCall, isVerbose: boolean) {
    this.#call = call;
    this.#isVerbose = isVerbose;
  }

  head(text: string): void {
    this.#call.out(`==> ${this.#now()}: ${text}`);
  }

  line(text: string): void {
    this.#call.out(`    ${this.#now()}: ${text}`);
  }

  changes(evaluation: Evaluation, allocations: readonly AllocStub[]): void {
    const before = this.#evaluation;
    this.#evaluation = evaluation;
    const { JobID, NodeID, DeploymentID, Status } = evaluation;
    if (JobID && !before?.JobID) this.line(`Evaluation triggered by job "${JobID}"`);
    if (NodeID && !before?.NodeID) this.line(`Evaluation triggered by node "${this.#id(NodeID)}"`);
    if (DeploymentID && !before?.DeploymentID) {
      this.line(`Evaluation within deployment: "${this.#id(DeploymentID)}"`);
    }
    for (const allocation of allocations) this.#allocation(evaluation, allocation);
    const was = before?.Status ?? 'pending';
    if (Status !== was) this.line(`Evaluation status changed: "${was}" -> "${Status}"`);
  }

  #allocation(evaluation: Evaluation, allocation: AllocStub): void {
    const { ID, NodeID, TaskGroup, ClientStatus, ClientDescription, CreateIndex, DesiredStatus } = allocation;
    const before = this.#clientStatuses.get(ID);
    this.#clientStatuses.set(ID, ClientStatus);
    const where = `node "${this.#id(NodeID)}", group "${TaskGroup}"`;
    if (before === undefined) {
      if (CreateIndex < evaluation.CreateIndex) this.line(`Allocation "${this.#id(ID)}" modified: ${where}`);
      else if (DesiredStatus === 'run') this.line(`Allocation "${this.#id(ID)}" created: ${where}`);
    } else if (before !== ClientStatus) {
      const change = `"${before}" -> "${ClientStatus}" (${ClientDescription})`;
      this.line(`Allocation "${this.#id(ID)}" status changed: ${change}`);
    }
  }

  /** @returns whether everything was placed. */
  end({ ID, Status, StatusDescription, FailedTGAllocs, BlockedEval }: Evaluation): boolean {
    const what = `Evaluation "${this.#id(ID)}" finished with status "${Status}"`;
    const failures = FailedTGAllocs ?? {};
    if (Object.keys(failures).length === 0) {
      this.head(StatusDescription && Status !== 'complete' ? `${what}: ${StatusDescription}` : what);
      return true;
    }
    this.head(`${what} but failed to place all allocations:`);
    for (const text of failureLines(failures, true)) {
      if (text.startsWith(' ')) this.#call.out(`    ${text}`);
      else this.line(text);
    }
    if (BlockedEval)
      this.line(`Evaluation "${this.#id(BlockedEval)}" waiting for additional capacity to place remainder`);
    return false;
  }

  #id(id: string): string {
    return shortId(id, this.#isVerbose);
  }

  #now(): string {
    return timeText(this.#call.clock.now());
  }
}
