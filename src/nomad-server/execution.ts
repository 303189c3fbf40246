/** How the tasks of an allocation run on its client: pretended, or as processes of this machine. */
import type { Allocation } from './allocation.ts';
import type { AllocationFiles } from './allocation-files.ts';
import type { Report } from './client-reports.ts';

export interface Execution {
  /** Starts what is not over yet. What becomes of it is reported. */
  start(allocation: Allocation, hooks: RunHooks): void;
  /** Ends it for good, as its job asks for. @param why  told instead of the usual words, by the allocation as well. */
  end(allocation: Allocation, hooks: RunHooks, why?: string): void;
  /**
   * Ends tasks that run and starts them anew, because somebody asked for it. Resolves once they have ended.
   *
   * @param reason  told in their events.
   */
  restart(allocation: Allocation, isWanted: (task: string) => boolean, reason: string): Promise<void>;
  /** @param name  of the signal; one that there is not is passed over. */
  signal(allocation: Allocation, isWanted: (task: string) => boolean, name: string): void;
  /** Nobody will ask for it any more. */
  forget(id: string): void;
  /** @param latest  the allocation as it is by then. */
  filesOf(id: string, latest: () => Allocation): AllocationFiles;
}

/** What the client that runs an allocation is told. */
export interface RunHooks {
  readonly report: (report: Report) => void;
  /** A task of it starts anew: how long it has run begins anew as well. */
  readonly onRestart: () => void;
}
