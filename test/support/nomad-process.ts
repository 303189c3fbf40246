/** An embedded Nomad in a process of its own, and jobs for it, all over HTTP. */
import { endWithUs } from './proc.ts';
import { eventually, freePort, startProgram } from './program.ts';

/** What each job of `addJobs` uses, in percent of a core. */
export const cpuPercent = 70;

/** Room for 20,000 instances of 100 MHz and 64 MB. */
const nodes = { count: 100, cpuMhz: 20_000, memoryMb: 16_384, cores: 2 };
const requestsAtOnce = 16;

export interface NomadProcess {
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  /** Registers a service job with one group `app` of one instance, under a steady load. */
  addJob(id: string): Promise<void>;
  /** Registers `job-<at>` for each number, and waits until all of them run. */
  addJobs(from: number, to: number): Promise<void>;
  /** How many instances the group `app` shall have. */
  desired(job: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startNomadProcess(): Promise<NomadProcess> {
  const port = await freePort();
  const size = [`-nodes=${nodes.count}`, `-node-cpu=${nodes.cpuMhz}`, `-node-memory=${nodes.memoryMb}`];
  const program = startProgram(['nomad', 'agent', '-dev', `-port=${port}`, ...size]);
  endWithUs(program.process);
  await program.line(/serves http/);
  const address = `http://127.0.0.1:${port}`;
  const { pid } = program.process;
  if (pid === undefined) throw new Error('the embedded Nomad has no process');

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${address}${path}`, { method, ...sent });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  async function addJob(id: string): Promise<void> {
    const cpuMhz = ((nodes.cpuMhz / nodes.cores) * cpuPercent) / 100;
    await call('PUT', '/v1/_sim/load', { job: id, group: 'app', cpuMhz, memoryMb: 32 });
    await call('PUT', '/v1/jobs', { Job: jobNamed(id) });
  }

  return {
    ...{ address, port, pid, addJob },
    async addJobs(from, to) {
      let next = from;
      const register = async () => {
        while (next < to) await addJob(`job-${next++}`);
      };
      await Promise.all(Array.from({ length: requestsAtOnce }, register));
      const isDone = async () => (runningJobs(await call('GET', '/v1/jobs?prefix=job-')) >= to ? true : undefined);
      await eventually(`${to} jobs run`, isDone, 60_000);
    },
    desired: async (job) => ((await call('GET', `/v1/job/${job}/scale`)) as ScaleStatus).TaskGroups.app.Desired,
    stop: () => program.stop(),
  };
}

interface ScaleStatus {
  readonly TaskGroups: { readonly app: { readonly Desired: number } };
}

interface JobStub {
  readonly JobSummary: { readonly Summary: { readonly app?: { readonly Running: number } } };
}

const runningJobs = (stubs: unknown): number =>
  (stubs as readonly JobStub[]).filter(({ JobSummary }) => JobSummary.Summary.app?.Running === 1).length;

/** Without deployments, and with little disk: a simulated client has 20 GB of it. */
function jobNamed(id: string): object {
  const task = {
    ...{ Name: 't', Driver: 'docker', Config: { image: 'x' }, Resources: { CPU: 100, MemoryMB: 64 } },
    LogConfig: { MaxFiles: 1, MaxFileSizeMB: 1 },
  };
  const size = { Count: 1, EphemeralDisk: { SizeMB: 10 }, Update: { MaxParallel: 0 } };
  return { ID: id, Type: 'service', TaskGroups: [{ Name: 'app', ...size, Tasks: [task] }] };
}
