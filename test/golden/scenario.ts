/** Replays one recording of a real Nomad, named by the argument, and writes what differs as one JSON document. */
import { isOfCli, stepOf } from '../support/golden-steps.ts';
import { recordedSteps, replay } from '../support/nomad-server-golden.ts';

const [name = ''] = process.argv.slice(2);
const differences = await replay(name);
const differing = (isCli: boolean) => new Set(differences.filter((line) => isOfCli(line) === isCli).map(stepOf)).size;
const { http, cli } = recordedSteps(name);
const sum = { http, cli, differ: differing(false), cliDiffer: differing(true), differences };
process.stdout.write(`${JSON.stringify(sum)}\n`);
process.exit(0);
