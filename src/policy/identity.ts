/** The lasting identity of a file policy. */
import { createHash } from 'node:crypto';

/** A random UUID that stands for our names among all UUIDs of version 5. */
const namespace = Buffer.from('9a1f5d5e6a4c4c0f8d2b3b7c5e0a1d42', 'hex');

/**
 * The policy's ID: a UUID (version 5) of its file's name within the directory and its own name. It is the same after a
 * restart and wherever the directory lies; renaming the file or the policy makes another one.
 */
export function filePolicyId(fileName: string, policyName: string): string {
  const hash = createHash('sha1').update(namespace).update(`${fileName}\0${policyName}`).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
