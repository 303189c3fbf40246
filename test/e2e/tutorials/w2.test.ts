/** W2, an introduction: look around, run a game, stop it, clear up. */
import { test } from 'node:test';
import { beginTutorial } from '../../support/tutorial.ts';

const lookAround = `
$ nomad agent -dev -nodes=1 -healthy-after=200ms &
==> Nomad agent configuration:

 Advertise Addrs: HTTP: 127.0.0.1:4646; RPC: 127.0.0.1:4647; Serf: 127.0.0.1:4648
 Bind Addrs: HTTP: [127.0.0.1:4646]
 Client: true
 Log Level: INFO
 Region: global (DC: dc1)
 Server: true
 Version: 2.0.6

==> The embedded Nomad serves http://127.0.0.1:4646 with 1 simulated client
==> Nomad agent started! Log data will stream in below:
...
$ nomad -v
Nomad v2.0.6
$ nomad -autocomplete-install
Shell completion is not offered here
[exit 1]
$ nomad agent-info
client
 heartbeat_ttl = <word>
 known_servers = 127.0.0.1:4647
 last_heartbeat = <word>
 node_id = <uuid>
 num_allocations = 0
nomad
 bootstrap = true
 known_regions = 1
 leader = true
 leader_addr = 127.0.0.1:4647
 server = true
raft
 applied_index = <n>
 commit_index = <n>
...
 state = Leader
 term = <n>
runtime
 arch = amd64
 cpu_count = <n>
 goroutines = <n>
 kernel.name = linux
 max_procs = <n>
 version = <word>
serf
 coordinate_resets = 0
 encrypted = false
 event_queue = 0
 event_time = 1
 failed = 0
 health_score = 0
 intent_queue = 0
 left = 0
 member_time = 1
 members = 1
 query_queue = 0
 query_time = 1
$ nomad server members
Name Address Port Status Leader Raft Version Build Datacenter Region
embedded.global 127.0.0.1 4648 alive true 3 2.0.6 dc1 global
$ nomad operator raft list-peers
Node ID Address State Voter RaftProtocol
embedded.global <uuid> 127.0.0.1:4647 leader true 3
$ nomad node status
ID Node Pool DC Name Class Drain Eligibility Status
<id> default dc1 client-1 <none> false eligible ready
$ nomad job status
No running jobs
`;

const playAndStop = `
$ nomad job run 2048.nomad
==> <time>: Monitoring evaluation "<id:evaluation>"
 <time>: Evaluation triggered by job "2048-game"
...
 <time>: Evaluation within deployment: "<id:deployment>"
...
 <time>: Allocation "<id:allocation>" created: node "<id>", group "game"
...
 <time>: Evaluation status changed: "pending" -> "complete"
==> <time>: Evaluation "<evaluation>" finished with status "complete"
==> <time>: Monitoring deployment "<deployment>"
...
<time>
ID = <deployment>
Job ID = 2048-game
Job Version = 0
Status = successful
Description = Deployment completed successfully

Deployed
Task Group Desired Placed Healthy Unhealthy Progress Deadline
game 1 1 1 0 <time>
$ nomad job status
ID Type Priority Status Submit Date
2048-game service 50 running <time>
$ nomad alloc status <allocation>
ID = <uuid>
...
Allocation Addresses:
Label Dynamic Address
*http no 127.0.0.1:80
...
Task "2048" is "running"
...
$ nomad job stop 2048-game
==> <time>: Monitoring evaluation "<id:stop>"
 <time>: Evaluation triggered by job "2048-game"
...
 <time>: Evaluation status changed: "pending" -> "complete"
==> <time>: Evaluation "<stop>" finished with status "complete"
...
$ nomad job status
ID Type Priority Status Submit Date
2048-game service 50 dead (stopped) <time>
$ nomad system gc
$ watch nomad job status
No running jobs
`;

test('nomad-api #95, #97: an introduction: look around, run a game, stop it, clear up', async (t) => {
  const tutorial = await beginTutorial(t, ['2048.nomad']);
  await tutorial.play(lookAround);
  await tutorial.play(playAndStop);
});
