/**
 * The built agent against an embedded Nomad in another process: starting, memory, and what a tick costs, with no policy,
 * with 1,000 and with 10,000, each for a job of its own. Prints a JSON line per figure; takes some five minutes, on Linux.
 * Run: `npm run bench -- agent`, or `node --conditions=source test/bench/agent.ts [few] [many] [seconds of a window]`
 */
import { filePolicyId } from '../../src/policy/identity.ts';
import {
  type AgentChoice,
  type AgentFolder,
  type AgentProcess,
  agentFolder,
  policyText,
  startAgent,
} from '../support/agent-process.ts';
import { median, pause, printFigure, repeated, timed } from '../support/figures.ts';
import { type NomadProcess, startNomadProcess } from '../support/nomad-process.ts';
import { connectionsTo, cpuMs } from '../support/proc.ts';
import { eventually } from '../support/program.ts';

const few = Number(process.argv[2] ?? 1000);
const many = Number(process.argv[3] ?? 10_000);
const windowMs = Number(process.argv[4] ?? 30) * 1000;

const idleMs = 3000;
const intervalMs = 10_000;
const settledMs = 6000; // a job is read again for 5 s after it moved
const pollMs = 5;

/** Runs the work on an agent and ends that, also when the work fails. */
async function withAgent<T>(folder: AgentFolder, choice: AgentChoice, work: (agent: AgentProcess) => Promise<T>) {
  const agent = await startAgent(folder, choice);
  try {
    return await work(agent);
  } finally {
    await agent.stop();
  }
}

/** As `withAgent`, with a folder of its own. */
async function withFolder<T>(work: (folder: AgentFolder) => Promise<T>): Promise<T> {
  const folder = agentFolder();
  try {
    return await work(folder);
  } finally {
    folder.remove();
  }
}

async function measureEmpty(nomad: NomadProcess): Promise<void> {
  await withFolder(async (folder) => {
    const choice = { nomad: nomad.address };
    const starts = await repeated(5, () => withAgent(folder, choice, async ({ startMs }) => startMs));
    printFigure('agent_start_to_health', median(starts), 'ms');
    await withAgent(folder, choice, async (agent) => {
      await pause(idleMs);
      printMemory(agent, '0_policies');
    });
  });
}

/** One policy at 1 s, for a job with fewer instances than it may have. */
async function measureFirstScaling(nomad: NomadProcess): Promise<void> {
  const times = await repeated(5, async (at) => {
    const job = `first-${at}`;
    await nomad.addJob(job);
    return withFolder(async (folder) => {
      folder.write(job, policyText(job, { min: 2, interval: '1s' }));
      return withAgent(folder, { nomad: nomad.address }, async ({ startedAt }) => {
        while ((await nomad.desired(job)) < 2) await pause(pollMs);
        return performance.now() - startedAt;
      });
    });
  });
  printFigure('agent_start_to_first_scaling', median(times), 'ms');
}

async function measurePolicies(nomad: NomadProcess, count: number): Promise<void> {
  await withFolder(async (folder) => {
    for (let at = 0; at < count; at++)
      folder.write(`job-${at}`, policyText(`job-${at}`, { interval: `${intervalMs / 1000}s` }));
    await withAgent(folder, { nomad: nomad.address }, async (agent) => {
      await measureTicks(agent, nomad, count, `${count}_policies`);
      await measureScrape(agent, count);
      if (count === few) await measureFile(agent, folder, count);
    });
    await withAgent(folder, { nomad: nomad.address, isInProcess: true }, (agent) =>
      measureTicks(agent, nomad, count, `${count}_policies_in_process`),
    );
  });
}

/** A window that begins an interval after every policy has ticked once: answers come from memory, and no tick is late. */
async function measureTicks(agent: AgentProcess, nomad: NomadProcess, count: number, what: string): Promise<void> {
  const { log } = agent;
  const haveAllTicked = async () => {
    log.read();
    return log.policies.size >= count ? true : undefined;
  };
  await eventually(`a tick of each of ${count} policies`, haveAllTicked, 90_000);
  printFigure(`agent_start_to_all_ticked_${what}`, (performance.now() - agent.startedAt) / 1000, 's');

  const look = () => ({ ...agent.usage(), nomadCpuMs: cpuMs(nomad.pid), ticks: log.ticks, at: performance.now() });
  await pause(intervalMs);
  log.read();
  const before = look();
  await pause(windowMs);
  const used = look();
  log.read();
  const ticks = log.ticks - before.ticks;
  const per1000 = (ms: number) => (ms / ticks) * 1000;
  printFigure(`agent_ticks_${what}`, (ticks / (used.at - before.at)) * 1000, '1/s');
  const [own, plugins] = [used.cpuMs - before.cpuMs, used.pluginCpuMs - before.pluginCpuMs];
  printFigure(`agent_cpu_per_1000_ticks_${what}`, per1000(own + plugins), 'ms');
  printFigure(`agent_plugin_cpu_per_1000_ticks_${what}`, per1000(plugins), 'ms');
  printFigure(`agent_nomad_cpu_per_1000_ticks_${what}`, per1000(used.nomadCpuMs - before.nomadCpuMs), 'ms');
  printMemory(agent, what);
  printFigure(`agent_nomad_connections_${what}`, connectionsTo(nomad.port, agent.pids()), '1');
  if (log.complaints.length > 0)
    console.error(`${what}: ${log.complaints.length} warnings and errors, such as ${log.complaints[0]}`);
}

function printMemory(agent: AgentProcess, what: string): void {
  const { rssMib, pluginRssMib } = agent.usage();
  printFigure(`agent_rss_${what}`, rssMib, 'MiB');
  printFigure(`agent_plugin_rss_${what}`, pluginRssMib, 'MiB');
}

async function measureScrape({ address }: AgentProcess, count: number): Promise<void> {
  let bytes = 0;
  const scrape = async () => {
    const answer = await fetch(`${address}/metrics`);
    if (!answer.ok) throw new Error(`/metrics: ${answer.status}`);
    bytes = (await answer.arrayBuffer()).byteLength;
  };
  const times = await repeated(5, () => timed(scrape));
  printFigure(`agent_scrape_size_${count}_policies`, bytes, 'B');
  printFigure(`agent_scrape_${count}_policies`, median(times), 'ms');
}

/** From a saved file to its policy in force, among so many files. */
async function measureFile({ address }: AgentProcess, folder: AgentFolder, count: number): Promise<void> {
  const times = await repeated(5, async (at) => {
    const job = `job-${at}`;
    const max = 20 + at;
    const url = `${address}/v1/policies/${filePolicyId(`${job}.hcl`, job)}`;
    await pause(1000);
    return timed(async () => {
      folder.write(job, policyText(job, { max }));
      while ((await maxOf(url)) !== max) await pause(pollMs);
    });
  });
  printFigure(`agent_file_to_force_${count}_files`, median(times), 'ms');
}

async function maxOf(url: string): Promise<number> {
  const answer = await fetch(url);
  const policy = (await answer.json()) as { readonly max: number };
  return policy.max;
}

if (process.platform !== 'linux') throw new Error('this benchmark reads /proc: it needs Linux');
const nomad = await startNomadProcess();
try {
  await measureEmpty(nomad);
  await measureFirstScaling(nomad);
  await nomad.addJobs(0, few);
  await pause(settledMs);
  await measurePolicies(nomad, few);
  await nomad.addJobs(few, many);
  await pause(settledMs);
  await measurePolicies(nomad, many);
} finally {
  await nomad.stop();
}
