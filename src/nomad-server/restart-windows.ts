/** How often the tasks of an allocation were restarted in the present interval of their policies. */

export interface RestartWindow {
  tries: number;
  /** Epoch milliseconds. */
  endMs: number;
}

export class RestartWindows {
  readonly #beganMs: number;
  readonly #byTask = new Map<string, RestartWindow>();

  /** @param beganMs  when the client took the allocation (epoch milliseconds). */
  constructor(beganMs: number) {
    this.#beganMs = beganMs;
  }

  /** The first interval begins with the allocation, each later one when the one before it is over. */
  at(task: string, intervalMs: number, nowMs: number): RestartWindow {
    const known = this.#byTask.get(task) ?? { tries: 0, endMs: this.#beganMs + intervalMs };
    const window = nowMs < known.endMs ? known : { tries: 0, endMs: nowMs + intervalMs };
    this.#byTask.set(task, window);
    return window;
  }
}
