/** What an agent prints first: where it is found, and what it is. The labels are those of Nomad. */

export interface AgentFacts {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly datacenter: string;
  readonly logLevel: string;
  /** The Nomad version whose answers are imitated. */
  readonly version: string;
  /** Simulated clients. */
  readonly clients: number;
}

/** Other Nomads would find these next to the port of HTTP; nothing listens there. */
const [rpcPort, serfPort] = [4647, 4648] as const;

export function agentBanner(facts: AgentFacts): string {
  const { host, port } = facts;
  const rows = {
    'Advertise Addrs': `HTTP: ${host}:${port}; RPC: ${host}:${rpcPort}; Serf: ${host}:${serfPort}`,
    'Bind Addrs': `HTTP: [${host}:${port}]`,
    Client: String(facts.clients > 0),
    'Log Level': facts.logLevel.toUpperCase(),
    Region: `${facts.region} (DC: ${facts.datacenter})`,
    Server: 'true',
    Version: facts.version,
  };
  const width = Math.max(...Object.keys(rows).map((label) => label.length));
  const lines = Object.entries(rows).map(([label, value]) => `    ${label.padStart(width)}: ${value}`);
  return `==> Nomad agent configuration:\n\n${lines.join('\n')}\n`;
}
