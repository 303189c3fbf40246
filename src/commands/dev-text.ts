/** What the demo says before it begins, and when all of it was seen. */

export interface StoryPlaces {
  /** `http://127.0.0.1:4646` */
  readonly nomad: string;
  readonly openStack: string;
  /** For the OpenStack. */
  readonly token: string;
  readonly agent: string;
  readonly policyDir: string;
}

export function opening({ nomad, openStack, agent, policyDir }: StoryPlaces): string {
  const width = Math.max(nomad.length, openStack.length, agent.length);
  return `
Three things run here, in memory only:
  ${nomad.padEnd(width)}  a Nomad. It has no node yet: its job "web" has nowhere to run
  ${openStack.padEnd(width)}  an OpenStack. A server that is created in it joins that Nomad as a node, 3 s later
  ${agent.padEnd(width)}  the agent. It reads the policies in ${policyDir}

The load of "web" rises and falls. The policies answer with more or fewer instances of the job, and with more or fewer servers
for them to run on: ▲ is more, ▼ is less, and within a minute both are seen. Ctrl-C ends it.
`;
}

export function whatNext({ nomad, openStack, token, agent, policyDir }: StoryPlaces): string {
  return `
Instances and servers came and went. It goes on like this; meanwhile, in another terminal:

  edit ${policyDir}/web.hcl: say max = 2, and see it in force within 2 s
  break it: write maxx = 2; read the error here, see that the old policy goes on, and mend it
  curl ${agent}/v1/policies        what runs, and the last round of each
  curl ${agent}/v1/policies/<id>   why it did what it did, round by round
  curl ${agent}/v1/ready           what does not work as written
  curl ${agent}/v1/plugins         where the plugins run; kill -9 os-nova's pid and look again
  curl ${agent}/metrics            for your Prometheus
  curl ${nomad}/v1/job/web/scale   what Nomad has of the job
  curl ${nomad}/v1/nodes           the servers, as Nomad's nodes
  curl -H X-Auth-Token:${token} ${openStack}/compute/v2.1/servers
                                   the servers, as OpenStack has them
`;
}
