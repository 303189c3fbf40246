/** Policies and their rounds, as the agent's HTTP API tells them, in lines for a terminal. Pure. */

/** What is read of `/v1/policies`. */
export interface Summary {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly min: number;
  readonly max: number;
  readonly last_tick?: { readonly at: string };
}

/** What is read of `/v1/policies/<id>`. */
export interface Details {
  readonly checks: readonly {
    readonly name: string;
    readonly strategy: { readonly config: Readonly<Record<string, string>> };
  }[];
  /** The newest first, in the order in which they ended. */
  readonly ticks: readonly Round[];
}

export interface Round {
  /** When it began. */
  readonly at: string;
  readonly took_ms: number;
  readonly result: string;
  readonly why: string;
  readonly from?: number;
  readonly to?: number;
  readonly checks: readonly { readonly check: string; readonly newest?: { readonly value: number | string } }[];
  readonly decision?: { readonly reason: string };
}

/** `1 to 5 instances; check cpu: target 70, max_scale_up 2` */
export function policyText({ type, min, max }: Summary, { checks }: Details): string {
  const rules = checks.map(({ name, strategy }) => `; check ${name}: ${settings(strategy.config)}`);
  return `${min} to ${counted(max, type)}${rules.join('')}`;
}

const settings = (config: Readonly<Record<string, string>>): string =>
  Object.entries(config)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

/** Whether a round scaled out, in, or not at all. */
export function markOf({ result, from, to }: Round): '▲' | '▼' | ' ' {
  if (result !== 'scaled' || from === undefined || to === undefined) return ' ';
  return to > from ? '▲' : '▼';
}

/** `1 -> 3 instances (cpu 330, target 70): scaling up because factor is 4.714286` */
export function roundText(round: Round, { type }: Summary, details: Details): string {
  const { result, from, to = 0, took_ms } = round;
  const seen = seenOf(round, details);
  if (markOf(round) === ' ') {
    const count = from === undefined ? '' : `${counted(from, type)}${seen}: `;
    return `${count}${result === 'hold' ? '' : `${result}: `}${round.why}`;
  }
  const time = took_ms < 1000 ? '' : `, done in ${Math.round(took_ms / 1000)} s`;
  return `${from} -> ${counted(to, type)}${time}${seen}: ${round.decision?.reason ?? round.why}`;
}

function seenOf({ checks }: Round, details: Details): string {
  const parts = checks.flatMap(({ check, newest }) => {
    if (newest === undefined) return [];
    const value = typeof newest.value === 'number' ? Math.round(newest.value * 10) / 10 : newest.value;
    const target = details.checks.find(({ name }) => name === check)?.strategy.config['target'];
    return [`${check} ${value}${target === undefined ? '' : `, target ${target}`}`];
  });
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

/** What a policy of the type counts. */
const counted = (count: number, type: string): string =>
  `${count} ${type === 'cluster' ? 'server' : 'instance'}${count === 1 ? '' : 's'}`;
