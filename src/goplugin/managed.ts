/** The clients that a program ends together, at its own end. Source: spec go-plugin.md §13.6. */

/** What can be ended. */
export interface Killable {
  kill(): Promise<void>;
}

const managed = new Set<Killable>();
let hasBegun = false;

/** Remembers a client until it is killed. */
export function manage(client: Killable): void {
  managed.add(client);
}

export function forget(client: Killable): void {
  managed.delete(client);
}

/** Kills every managed client, all at the same time. To be called once, at the end of the program. */
export async function cleanUpClients(): Promise<void> {
  hasBegun = true;
  await Promise.all([...managed].map((client) => client.kill()));
}

/** True from the beginning of `cleanUpClients` on: a connection that breaks then is no error. */
export function isCleanedUp(): boolean {
  return hasBegun;
}
