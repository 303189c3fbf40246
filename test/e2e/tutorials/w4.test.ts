/** W4: a job that fails, the one that does not, and what several servers would do. */
import { test } from 'node:test';
import { beginTutorial } from '../../support/tutorial.ts';

const begin = `
$ nomad agent -dev -nodes=1 -healthy-after=200ms &
==> Nomad agent configuration:
...
 Region: global (DC: dc1)
...
$ nomad -v
Nomad v2.0.6
$ nomad server members
Name Address Port Status Leader Raft Version Build Datacenter Region
embedded.global 127.0.0.1 4648 alive true 3 2.0.6 dc1 global
$ nomad node status
ID Node Pool DC Name Class Drain Eligibility Status
<id> default dc1 client-1 <none> false eligible ready
`;

const failing = `
$ nomad job plan hey.nomad
+ Job: "hello"
+ Task Group: "example" (1 create)
 + Task: "server" (forces create)

Scheduler dry-run:
- All tasks successfully allocated.

Job Modify Index: 0
To submit the job with version verification run:

nomad job run -check-index 0 hey.nomad

When running the job with the check-index flag, the job will only be run if the
job modify index given matches the server-side version. If the index has
changed, another user has modified the job and the plan's results are
potentially invalid.
[exit 1]
$ nomad job run -detach -check-index 0 hey.nomad
Job registration successful
Evaluation ID: <uuid>
$ watch nomad job status hello
ID = hello
...
Summary
Task Group Queued Starting Running Failed Complete Lost Unknown
example 0 0 0 1 0 0 0
...
Allocations
ID Node ID Task Group Version Desired Status Created Modified
<id:failed> <id> example 0 run failed <ago> <ago>
$ nomad alloc status <failed>
ID = <uuid>
...
Client Status = failed
Client Description = Failed tasks
...
Deployment Health = unhealthy
...
Task "server" is "dead"
...
Recent Events:
Time Type Description
<time> Alloc Unhealthy Unhealthy because of failed task
<time> Not Restarting Policy allows no restarts
<time> Terminated Exit Code: 1
<time> Started Task started by client
...
$ nomad alloc logs -stderr <failed>
there is no text to serve
`;

const running = `
$ nomad job plan hello.nomad
+/- Job: "hello"
+/- Task Group: "example" (1 create/destroy update)
...
 +/- Task: "server" (forces create/destroy update)
 +/- Config {
 +/- args[0]: "-c" => "-listen"
...
 +/- command: "/bin/sh" => "/bin/http-echo"
...
 + Static Port {
...
 + Value: "5678"
...
Scheduler dry-run:
- All tasks successfully allocated.

Job Warnings:
1 warning:

* Group "example" has warnings: 1 error occurred:
 * Task "server" has warnings: 1 error occurred:
 * task network resources have been deprecated as of Nomad 0.12.0. Please configure networking via group network block.

Job Modify Index: <n:index>
To submit the job with version verification run:

nomad job run -check-index <index> hello.nomad
...
[exit 1]
$ nomad job run hello.nomad
...
==> <time>: Monitoring evaluation "<id:evaluation>"
...
==> <time>: Evaluation "<evaluation>" finished with status "complete"
...
Status = successful
...
$ nomad job status hello
ID = hello
...
Status = running
...
Summary
Task Group Queued Starting Running Failed Complete Lost Unknown
example 0 0 1 1 0 0 0
...
Allocations
ID Node ID Task Group Version Desired Status Created Modified
<id:allocation> <id> example 1 run running <ago> <ago>
<failed> <id> example 0 stop failed <ago> <ago>
$ nomad alloc status <allocation>
ID = <uuid>
...
Client Status = running
...
Task "server" is "running"
Task Resources:
CPU Memory Disk Addresses
<n>/100 MHz <n> B/300 MiB 300 MiB http: 127.0.0.1:5678
...
$ nomad job stop hello
==> <time>: Monitoring evaluation "<id:stop>"
 <time>: Evaluation triggered by job "hello"
...
==> <time>: Evaluation "<stop>" finished with status "complete"
...
$ nomad job status
ID Type Priority Status Submit Date
hello service 50 dead (stopped) <time>
$ curl -X PUT http://localhost:4646/v1/system/gc
$ watch nomad job status
No running jobs
`;

// It is alone: whoever it is to join, or to follow, is not there.
const moreServers = `
$ nomad server join 10.0.0.2
Error joining: failed joining: 1 error occurred:
 * failed to join 10.0.0.2: dial tcp 10.0.0.2: connect: connection refused
[exit 1]
$ nomad node config -update-servers 10.0.0.2
Error updating server list: Unexpected response code: 400 (1 error occurred:
 * Server at address 10.0.0.2 failed ping: rpc error: failed to get conn: dial tcp 10.0.0.2: connect: connection refused)
[exit 1]
$ curl -X PUT 'http://localhost:4646/v1/agent/join?address=10.0.0.2' | jq .num_joined
0
`;

test('a job that fails is told as failed; mended, it runs', async (t) => {
  const tutorial = await beginTutorial(t, ['hey.nomad', 'hello.nomad']);
  await tutorial.play(begin);
  await tutorial.play(failing);
  await tutorial.play(running);
  await tutorial.play(moreServers);
});
