/** A view of an agent that does nothing, and requests to a server as it came out of the wire. */
import { request } from 'node:http';
import type { AgentView } from '../../src/http/view.ts';
import { createTelemetry } from '../../src/lib/telemetry.ts';

export function agentView(over: Partial<AgentView> = {}): AgentView {
  const telemetry = createTelemetry({
    clock: { now: () => Date.UTC(2026, 0, 1) },
    service: 'nomad-autoscaler',
    hostName: '',
    disableHostname: true,
    enableHostnameLabel: false,
    retentionMs: 0,
  });
  return {
    readiness: () => ({ status: 'ready', problems: [], warnings: [] }),
    policies: () => [],
    policy: () => undefined,
    plugins: () => [],
    metrics: () => telemetry.document(),
    exposition: () => undefined,
    reload: async () => undefined,
    ...over,
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** @param address  `127.0.0.1:8080` */
export function ask(address: string, method: string, path: string): Promise<Answer> {
  const [host = '', port = ''] = address.split(/:(?=\d+$)/);
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, method, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
