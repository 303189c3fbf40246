/** The server's log as a stream. Compat: spec nomad-api.md §11 (agent/monitor). */
import { logLevels, parseLogLevel } from '../../lib/log.ts';
import { textFields, textLine } from '../../lib/log-text.ts';
import { toTimestamp } from '../identity.ts';
import type { LogLine } from '../log-tap.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import type { ApiResponse } from './http.ts';
import type { ApiParts } from './parts.ts';
import { pause } from './pause.ts';

const heartbeatMs = 1000;
/** A slow reader loses the lines beyond these. */
const mostWaitingLines = 512;

export function monitor(parts: ApiParts, call: Call): ApiResponse {
  const asked = call.query.get('log_level') || 'info';
  const level = parseLogLevel(asked);
  if (level === undefined) throw new Refusal(400, `Unknown log level: ${asked}`);
  const isPlain = call.flag('plain');
  const body = records(parts, logLevels.indexOf(level), isPlain, call.signal);
  return { status: 200, headers: { 'Content-Type': isPlain ? 'text/plain' : 'application/json' }, body };
}

/** Frames of JSON follow each other without a line break, as the client's decoder takes them. */
async function* records({ logTap, reader }: ApiParts, least: number, isPlain: boolean, signal?: AbortSignal) {
  const { timers } = reader;
  const waiting: string[] = [];
  let wake: () => void = () => undefined;
  const unfollow = logTap.follow((line) => {
    if (logLevels.indexOf(line.level) < least || waiting.length >= mostWaitingLines) return;
    waiting.push(written(line, timers.now()));
    wake();
  });
  const onWake = (call: () => void) => {
    wake = call;
    return () => {
      wake = () => undefined;
    };
  };
  try {
    while (!signal?.aborted) {
      if (waiting.length === 0) {
        await pause({ timers, ms: heartbeatMs, signal, onWake });
        if (waiting.length === 0 && !isPlain && !signal?.aborted) yield '{}';
      }
      for (const line of waiting.splice(0)) yield isPlain ? line : frame(line);
    }
  } finally {
    unfollow();
  }
}

const frame = (line: string): string =>
  JSON.stringify({ Data: Buffer.from(line).toString('base64'), FileEvent: 'log' });

function written({ level, name, message, fields }: LogLine, nowMs: number): string {
  return textLine({ level, name, message, caller: undefined, time: toTimestamp(nowMs), fields: textFields(fields) });
}
