/** Replays one recording of a real Nomad, named by the argument, and writes what differs as one JSON document. */
import { recordedSteps, replay } from '../support/nomad-server-golden.ts';

const [name = ''] = process.argv.slice(2);
const differences = await replay(name);
const differing = new Set(differences.map((line) => line.slice(0, line.indexOf(' '))));
const { http, cli } = recordedSteps(name);
process.stdout.write(`${JSON.stringify({ http, cli, differ: differing.size, differences })}\n`);
process.exit(0);
