/** W1, slides of a talk: two versions of a job, what scripts read of it, and nodes that are drained before they stop. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../../support/program.ts';
import { beginTutorial } from '../../support/tutorial.ts';

const begin = (healthyAfter: string) => `
$ nomad agent -dev -nodes=2 -node-cpu=2500 -node-memory=1704 -node-disk=7493 -healthy-after=${healthyAfter} &
...
$ nomad init
Example job file written to example.nomad.hcl
`;

const first = `
$ nomad run helloworld-v1.nomad
Job Warnings:
2 warnings:

* on_success in a restart block is ignored
* an attribute without braces was read as one with braces: write "$\{node.datacenter}"

Job Warnings:
...
==> <time>: Monitoring evaluation "<id:evaluation>"
 <time>: Evaluation triggered by job "helloworld-v1"
...
 <time>: Allocation "<id:allocation>" created: node "<id>", group "hello-group"
...
 <time>: Evaluation status changed: "pending" -> "complete"
==> <time>: Evaluation "<evaluation>" finished with status "complete"
...
`;

// How scripts find the address of the only instance.
const address = `
$ curl -s $NOMAD_ADDR/v1/job/helloworld-v1/allocations | jq -r .[0].TaskStates.hello-task.State
running
$ curl -s $NOMAD_ADDR/v1/job/helloworld-v1/allocations | jq -r .[0].ID
<uuid:instance>
$ curl -s $NOMAD_ADDR/v1/allocation/<instance> | jq -r .TaskResources.hello-task.Networks[0].IP
127.0.0.1
$ curl -s $NOMAD_ADDR/v1/allocation/<instance> | jq .TaskResources.hello-task.Networks[0].DynamicPorts[0].Value
<n>
$ nomad alloc-status <allocation>
ID = <uuid>
...
Task "hello-task" is "running"
Task Resources:
CPU Memory Disk Addresses
<n>/100 MHz <n> B/200 MiB 300 MiB http: 127.0.0.1:<n>
...
`;

const second = `
$ nomad plan helloworld-v2.nomad
+/- Job: "helloworld-v1"
+/- Task Group: "hello-group" (4 create, 1 ignore)
 +/- Count: "1" => "5" (forces create)
 +/- Task: "hello-task" (forces create/destroy update)
...
[exit 1]
$ nomad run helloworld-v2.nomad
...
==> <time>: Evaluation "<id>" finished with status "complete"
...
hello-group 5 5 5 0 <time>
$ nomad status helloworld-v1
ID = helloworld-v1
...
hello-group 0 0 5 0 1 0 0
...
`;

const database = `
$ curl -s -X POST -d @db.json $NOMAD_ADDR/v1/jobs | jq -r .EvalID
<uuid:evaluation>
$ watch curl -s $NOMAD_ADDR/v1/evaluation/<evaluation> | jq -r .Status
complete
$ watch nomad status db
ID = db
...
Status = successful
...
Allocations
ID Node ID Task Group Version Desired Status Created Modified
<id:allocation> <id> db-group 0 run running <ago> <ago>
$ nomad alloc-status <allocation>
ID = <uuid>
...
<n>/500 MHz <n> B/256 MiB 300 MiB db: 127.0.0.1:3306
...
$ nomad stop helloworld-v1
...
$ nomad stop db
...
==> <time>: Evaluation "<id>" finished with status "complete"
...
`;

const nodes = `
$ nomad node-status
ID Node Pool DC Name Class Drain Eligibility Status
<id> default dc1 client-<n> <none> false eligible ready
<id> default dc1 client-<n> <none> false eligible ready
$ curl -s $NOMAD_ADDR/v1/agent/self | jq -r .stats.client.node_id
<uuid:node>
$ curl -s $NOMAD_ADDR/v1/node/<node> | jq .Resources.CPU
2500
$ curl -s $NOMAD_ADDR/v1/node/<node> | jq .Resources.MemoryMB
1704
$ curl -s $NOMAD_ADDR/v1/node/<node> | jq .Resources.DiskMB
7493
$ curl -s $NOMAD_ADDR/v1/node/<node> | jq .Resources.IOPS
0
$ curl -s $NOMAD_ADDR/v1/node/<node> | jq .Resources.Networks
[{"Device":"lo","CIDR":"127.0.0.1/32","IP":"127.0.0.1","MBits":1000,"ReservedPorts":null,"DynamicPorts":null}]
`;

// Two ways to drain a node: by hand, and by the script that runs on the node when it is shut down.
const drains = `
$ nomad run helloworld-v2.nomad
...
$ curl -s $NOMAD_ADDR/v1/nodes | jq -r .[0].ID
<uuid:drained>
$ nomad node-drain -enable -detach <drained>
Node "<drained>" drain strategy set
$ nomad node-status
...
<id> default dc1 client-<n> <none> true ineligible ready
...
$ watch nomad node-status
...
<id> default dc1 client-<n> <none> false ineligible ready
...
$ nomad node eligibility -enable <drained>
Node "<drained>" scheduling eligibility set: eligible for scheduling
$ curl -s $NOMAD_ADDR/v1/agent/self | jq -r .stats.client.node_id
<uuid:own>
$ curl -s -X POST '$NOMAD_ADDR/v1/node/<own>/drain?enable=true' | jq .NodeModifyIndex
<n>
`;

// Most of their time is waiting: they wait together.
describe('slides of a talk', { concurrency: true }, () => {
  test('two versions of a job, and what scripts read of them', async (t) => {
    const tutorial = await beginTutorial(t, ['helloworld-v1.nomad', 'helloworld-v2.nomad', 'db.json']);
    await tutorial.play(begin('200ms'));
    await tutorial.play(nodes);
    await tutorial.play(first);
    await tutorial.play(address);
    await tutorial.play(second);
    await tutorial.play(database);
  });

  test('nodes are emptied before they stop, by hand and by a script', async (t) => {
    const tutorial = await beginTutorial(t, ['helloworld-v2.nomad']);
    await tutorial.play(begin('1s'));
    await tutorial.play(drains);
    const own = tutorial.names.get('own');
    await eventually('nothing runs on the node of the agent', async () => {
      const response = await fetch(`${tutorial.address}/v1/node/${own}/allocations`);
      const allocations = (await response.json()) as readonly { readonly ClientStatus: string }[];
      assert.ok(allocations.length > 0);
      return allocations.some(({ ClientStatus }) => ClientStatus === 'running') ? undefined : true;
    });
  });
});
