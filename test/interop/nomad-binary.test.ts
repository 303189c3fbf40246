/** The official `nomad` command line, where there is one, against the embedded Nomad: the commands of the tutorials. */
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { beginTutorial } from '../support/tutorial.ts';

/** `NOMAD_BINARY`, or `nomad` of the path. */
const binary = process.env['NOMAD_BINARY'] ?? 'nomad';

function leftOut(): string | false {
  if (spawnSync(binary, ['version']).status === 0) return false;
  const reason = 'left out: no official nomad is on the path, and NOMAD_BINARY names none';
  console.error(`interop: ${reason}`);
  return reason;
}

const lookAround = `
$ nomad agent -dev -nodes=2 -healthy-after=200ms &
...
$ nomad agent-info
client
...
raft
...
 state = Leader
...
$ nomad server members
Name Address Port Status Leader Raft Version Build Datacenter Region
embedded.global 127.0.0.1 4648 alive true 3 2.0.6 dc1 global
$ nomad operator raft list-peers
Node ID Address State Voter RaftProtocol
...
$ nomad node status
ID Node Pool DC Name Class Drain Eligibility Status
<id:node> default dc1 client-<n> <none> false eligible ready
<id> default dc1 client-<n> <none> false eligible ready
$ nomad node status -verbose <node>
ID = <uuid>
...
Attributes
...
$ nomad job status
No running jobs
`;

const aJob = `
$ nomad job init -short
Example job file written to example.nomad.hcl
$ nomad job validate example.nomad.hcl
...
Job validation successful
$ nomad job plan example.nomad.hcl
+ Job: "example"
+ Task Group: "cache" (1 create)
...
[exit 1]
$ nomad job run example.nomad.hcl
==> <time>: Monitoring evaluation "<id:evaluation>"
...
Description = Deployment completed successfully
...
$ nomad job status example
ID = example
...
Status = running
...
Allocations
ID Node ID Task Group Version Desired Status Created Modified
<id:allocation> <id> cache 0 run running <ago> <ago>
$ nomad eval status <evaluation>
...
Status = complete
...
$ nomad alloc status <allocation>
ID = <uuid>
...
Task "redis" is "running"
...
$ nomad alloc logs <allocation>
$ nomad job inspect example
...
$ nomad job scale -detach example cache 2
...
$ nomad job history example
Version = 1
...
$ nomad deployment list
ID Job ID Job Version Status Description
...
$ nomad scaling policy list
No policies found
`;

const theEnd = `
$ nomad node drain -enable -yes <node>
...
<time>: All allocations on node "<uuid>" have stopped
$ nomad node eligibility -enable <node>
...
$ nomad var put a/b k=v
...
$ nomad var list
...
$ nomad namespace list
Name Description
default Default shared namespace
$ nomad job stop example
==> <time>: Monitoring evaluation "<id>"
...
$ nomad job status example
ID = example
...
Status = dead (stopped)
...
$ nomad system gc
$ nomad job status
No running jobs
$ nomad job status nosuch
No job(s) with prefix or ID "nosuch" found
[exit 1]
`;

test('nomad-api #95, #96, #97: the official command line goes through the tutorials', {
  skip: leftOut(),
}, async (t) => {
  const tutorial = await beginTutorial(t, [], [binary]);
  for (const part of [lookAround, aJob, theEnd]) await tutorial.play(part);
});
