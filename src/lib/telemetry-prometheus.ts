/**
 * The Prometheus text form. Samples are summaries with quantiles over the last 10 s. Written by hand: see
 * docs/decisions/0002-own-exposition.md. Source: spec agent.md §11.4.
 */
import type { Family, Series } from './telemetry-series.ts';

const types = { counter: 'counter', gauge: 'gauge', sample: 'summary' } as const;
const quantiles = [0.5, 0.9, 0.99] as const;
/** Series per portion: some milliseconds of work, then the event loop gets its turn. */
const portion = 500;

/** @param retentionMs  series that nobody wrote to for this long are left out and begin again at 0; 0 keeps them. */
export function* exposition(families: Iterable<Family>, now: number, retentionMs: number): Iterable<string> {
  const named = [...families].map((family) => ({ family, name: exposedName(family.name) }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { family, name } of named) {
    let text = '';
    let count = 0;
    for (const series of family.all()) {
      if (retentionMs > 0 && series.updatedAt < now - retentionMs) series.reset();
      if (series.count === 0) continue;
      if (count === 0) text = `# HELP ${name} ${name}\n# TYPE ${name} ${types[family.kind]}\n`;
      text += family.kind === 'sample' ? summary(name, series, now) : line(name, series);
      if (++count % portion !== 0) continue;
      yield text;
      text = '';
    }
    if (text !== '') yield text;
  }
}

/** Parts joined by `_`, with the characters that upstream replaces replaced. */
function exposedName(name: string): string {
  return name.replace(/[ .=/-]/g, '_');
}

function line(name: string, series: Series): string {
  return series.text === '' ? `${name} ${number(series.sum)}\n` : `${name}{${series.text}} ${number(series.sum)}\n`;
}

function summary(name: string, series: Series, now: number): string {
  const values = series.recent(now);
  const open = series.text === '' ? `${name}{quantile="` : `${name}{${series.text},quantile="`;
  const labels = series.text === '' ? '' : `{${series.text}}`;
  let text = '';
  for (const q of quantiles)
    text += `${open}${q}"} ${number(values[Math.ceil(q * values.length) - 1] ?? Number.NaN)}\n`;
  return `${text}${name}_sum${labels} ${number(series.sum)}\n${name}_count${labels} ${series.count}\n`;
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : `${value}`;
}
