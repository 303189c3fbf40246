/** Reads the file of certificates. Source: spec os-nova.md §1.1. */
import { readFile } from 'node:fs/promises';
import { inContext, nodeCode, type TlsMaterial } from 'nomad-autoscaler/sdk';
import { type Access, unusable } from './credentials.ts';

/** @throws `openstack_request_failed` (usage) for a file that cannot be read, with Go's text, or that holds no certificate. */
export async function readTls({ caFile, skipVerify }: Pick<Access, 'caFile' | 'skipVerify'>): Promise<TlsMaterial> {
  if (skipVerify) return { skipVerify };
  if (caFile === undefined) return {};
  const text = await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw inContext('failed configure TLS options', unusable(`open ${caFile}: ${goText(cause)}`));
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw inContext('failed configure TLS options', unusable(`${caFile} holds no certificate`));
  }
  return { ca: [text] };
}

const goTexts = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'is a directory'],
]);

const goText = (error: unknown): string => goTexts.get(nodeCode(error) ?? '') ?? String(error);
