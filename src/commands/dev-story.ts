/** Tells on the terminal what the agent of `-dev` does, as anybody could who asks its HTTP API. */
import { type Clock, sleep } from '../lib/clock.ts';
import { isAbort } from '../lib/error.ts';
import type { Terminal } from './shell.ts';

export interface StoryPlaces {
  /** `http://127.0.0.1:4646` */
  readonly nomad: string;
  readonly agent: string;
  readonly policyDir: string;
}

export interface StoryParts {
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly getJson: (url: string) => Promise<unknown>;
  /** MHz that the job needs now. */
  readonly load: () => number;
}

/** What the story reads of `/v1/policies`. */
interface Summary {
  readonly id: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly last_tick?: { readonly at: string; readonly result: string; readonly why: string; readonly count?: number };
}

/** What it reads of `/v1/policies/<id>`. */
interface Details {
  readonly checks: readonly { readonly name: string; readonly strategy: { readonly config: Record<string, string> } }[];
  readonly ticks: readonly {
    readonly at: string;
    readonly result: string;
    readonly why: string;
    readonly from?: number;
    readonly to?: number;
    readonly decision?: { readonly reason: string };
  }[];
}

const pollMs = 500;
const policyName = 'web';

/** @returns once the signal has ended. */
export async function tellStory(places: StoryPlaces, parts: StoryParts, signal: AbortSignal): Promise<void> {
  const { clock, terminal } = parts;
  terminal.out(opening(places));
  const teller = new Teller(places, parts);
  try {
    for (;;) {
      await sleep(clock, pollMs, signal);
      await teller.look();
    }
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
}

class Teller {
  readonly #places: StoryPlaces;
  readonly #parts: StoryParts;
  #lastTick = '';
  #inForce = '';
  #grew = false;
  #isTold = false;

  constructor(places: StoryPlaces, parts: StoryParts) {
    this.#places = places;
    this.#parts = parts;
  }

  async look(): Promise<void> {
    const list = (await this.#parts.getJson(`${this.#places.agent}/v1/policies`)) as readonly Summary[] | undefined;
    const summary = list?.find(({ name }) => name === policyName);
    if (summary === undefined || summary.last_tick?.at === this.#lastTick) return;
    const url = `${this.#places.agent}/v1/policies/${summary.id}`;
    const details = (await this.#parts.getJson(url)) as Details | undefined;
    if (details === undefined) return;
    this.#tellPolicy(summary, details);
    const fresh = details.ticks.filter(({ at }) => at > this.#lastTick).reverse();
    for (const tick of fresh) this.#tellTick(tick);
    this.#lastTick = summary.last_tick?.at ?? this.#lastTick;
  }

  #tellPolicy({ min, max }: Summary, { checks }: Details): void {
    const strategies = checks.map(({ name, strategy }) => `${name} ${settings(strategy.config)}`).join(', ');
    const now = `${min} to ${max} instances, ${strategies}`;
    if (now === this.#inForce) return;
    this.#parts.terminal.out(
      `${this.#inForce === '' ? 'Policy' : 'Your edit is in force: policy'} "${policyName}": ${now}`,
    );
    this.#inForce = now;
  }

  #tellTick({ at, result, why, from, to, decision }: Details['ticks'][number]): void {
    const load = Math.round(this.#parts.load());
    const time = at.slice(11, 19);
    const isScaled = result === 'scaled' && from !== undefined && to !== undefined;
    const instances = from === 1 ? '1 instance' : `${from ?? '?'} instances`;
    const what = isScaled ? `${from} -> ${to} instances: ${decision?.reason ?? ''}` : `${instances}, ${result}: ${why}`;
    this.#parts.terminal.out(
      `${time}  load ${String(load).padStart(3)} MHz  ${isScaled ? (to > from ? '▲' : '▼') : ' '} ${what}`,
    );
    if (!isScaled) return;
    if (to > from) this.#grew = true;
    else if (this.#grew && !this.#isTold) {
      this.#isTold = true;
      this.#parts.terminal.out(whatNext(this.#places));
    }
  }
}

const settings = (config: Record<string, string>) =>
  Object.entries(config)
    .map(([key, value]) => `${key} ${value}`)
    .join(' ');

function opening({ nomad, agent, policyDir }: StoryPlaces): string {
  return `
An embedded Nomad serves ${nomad}; its job "web" has 100 MHz for each instance and a load that rises and falls.
The agent serves ${agent} and reads the policies in ${policyDir}.
Each line below is one round of the policy "web". Wait for a ▲ and, some 20 s later, a ▼. Ctrl-C ends it.
`;
}

function whatNext({ nomad, agent, policyDir }: StoryPlaces): string {
  const file = `${policyDir}/web.hcl`;
  return `
That was a scaling up and one down. It goes on like this; meanwhile, in another terminal:

  edit ${file}: say max = 2, and see it in force within 2 s
  break it: write maxx = 2; read the error here, see that the old policy goes on, and mend it
  curl ${agent}/v1/policies        what runs, and the last round of each
  curl ${agent}/v1/policies/<id>   why it did what it did, round by round
  curl ${agent}/v1/ready           what does not work as written
  curl ${agent}/v1/plugins         where the plugins run; kill -9 nomad-target's pid and look again
  curl ${agent}/metrics            for your Prometheus
  curl ${nomad}/v1/job/web/scale   what Nomad has of it
`;
}
