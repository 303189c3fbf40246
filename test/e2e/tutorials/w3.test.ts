/** W3, an introduction: the example job from its file to the logs of its task, and a larger job for another region. */
import { describe, test } from 'node:test';
import { beginTutorial } from '../../support/tutorial.ts';

const begin = `
$ nomad agent -dev -nodes=1 -healthy-after=200ms &
==> Nomad agent configuration:
...
 Client: true
...
 Region: global (DC: dc1)
 Server: true
...
$ nomad node status
ID Node Pool DC Name Class Drain Eligibility Status
<id:node> default dc1 client-1 <none> false eligible ready
$ nomad server members
Name Address Port Status Leader Raft Version Build Datacenter Region
embedded.global 127.0.0.1 4648 alive true 3 2.0.6 dc1 global
$ nomad job init -short
Example job file written to example.nomad.hcl
$ nomad job init
Job 'example.nomad.hcl' already exists
[exit 1]
$ nomad job init long.nomad.hcl
Example job file written to long.nomad.hcl
$ nomad job validate long.nomad.hcl
Job validation successful
`;

const example = `
$ nomad job run example.nomad.hcl
==> <time>: Monitoring evaluation "<id:evaluation>"
 <time>: Evaluation triggered by job "example"
...
 <time>: Allocation "<id:allocation>" created: node "<node>", group "cache"
...
==> <time>: Evaluation "<evaluation>" finished with status "complete"
==> <time>: Monitoring deployment "<id:deployment>"
...
Status = successful
Description = Deployment completed successfully

Deployed
Task Group Desired Placed Healthy Unhealthy Progress Deadline
cache 1 1 1 0 <time>
$ nomad job status example
ID = example
Name = example
Submit Date = <time>
Type = service
Priority = 50
Datacenters = *
Namespace = default
Node Pool = default
Status = running
Periodic = false
Parameterized = false

Summary
Task Group Queued Starting Running Failed Complete Lost Unknown
cache 0 0 1 0 0 0 0

Latest Deployment
ID = <deployment>
Status = successful
Description = Deployment completed successfully

Deployed
Task Group Desired Placed Healthy Unhealthy Progress Deadline
cache 1 1 1 0 <time>

Allocations
ID Node ID Task Group Version Desired Status Created Modified
<allocation> <node> cache 0 run running <ago> <ago>
$ nomad alloc status <allocation>
ID = <uuid>
Eval ID = <evaluation>
Name = example.cache[0]
Node ID = <node>
Node Name = client-1
Job ID = example
Job Version = 0
Client Status = running
Client Description = Tasks are running
Desired Status = run
Desired Description = <none>
Created = <ago>
Modified = <ago>
Deployment ID = <deployment>
Deployment Health = healthy

Allocation Addresses:
Label Dynamic Address
*db yes 127.0.0.1:<n> -> 6379

Task "redis" is "running"
Task Resources:
CPU Memory Disk Addresses
<n>/500 MHz <n> B/256 MiB 300 MiB

Task Events:
Started At = <time>
Finished At = N/A
Total Restarts = 0
Last Restart = N/A

Recent Events:
Time Type Description
<time> Started Task started by client
<time> Driver Downloading image
<time> Task Setup Building Task Directory
<time> Received Task received by client
# The container is pretended: it writes nothing.
$ nomad alloc logs <allocation>
$ nomad job stop example
==> <time>: Monitoring evaluation "<id>"
...
$ nomad job status example
ID = example
...
Status = dead (stopped)
...
`;

const elsewhere = `
$ nomad job run docs.nomad
Error submitting job: Unexpected response code: 500 (No path to region)
[exit 1]
`;

const inItsRegion = `
$ nomad agent -dev -nodes=5 -region=us -dc=us-west-1 -healthy-after=200ms &
==> Nomad agent configuration:
...
 Region: us (DC: us-west-1)
...
$ nomad job validate docs.nomad
Job Warnings:
1 warning:

* names and values on lines of their own were joined: write name = value on one line

Job Warnings:
1 warning:

* group "webs" defines services, but neither the group nor any of its tasks have shutdown_delay set

Job validation successful
$ nomad job run docs.nomad
Job Warnings:
...
==> <time>: Monitoring evaluation "<id:evaluation>"
...
Status = successful
...
webs 5 5 5 0 <time>
$ nomad job status docs
ID = docs
...
Datacenters = us-west-1,us-east-1
...
webs 0 0 5 0 0 0 0
...
`;

// Most of their time is waiting: they wait together.
describe('an introduction and a larger job', { concurrency: true }, () => {
  test('an introduction: the example job from its file to the logs of its task', async (t) => {
    const tutorial = await beginTutorial(t);
    await tutorial.play(begin);
    await tutorial.play(example);
  });

  test('a larger job runs in its region only', async (t) => {
    const global = await beginTutorial(t, ['docs.nomad']);
    await global.play(`$ nomad agent -dev &\n...${elsewhere}`);
    const us = await beginTutorial(t, ['docs.nomad']);
    await us.play(inItsRegion);
  });
});
