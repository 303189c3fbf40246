/** Five-field cron expressions, UTC. Source: spec policy.md §9.3. */

export interface Cron {
  /** As written. */
  readonly text: string;
}
