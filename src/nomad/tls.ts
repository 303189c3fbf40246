/** Reads the PEM files of TLS settings. Source: spec agent.md §6.1. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explain, usageError } from '../lib/error.ts';
import type { TlsFiles } from './settings.ts';
import type { TlsMaterial } from './transport.ts';

/** @throws `invalid_nomad_settings` (usage) for files that cannot be read or hold no PEM, and for half a client certificate. */
export async function readTls(files: TlsFiles): Promise<TlsMaterial> {
  const { caCert, caPath, clientCert, clientKey, serverName, skipVerify } = files;
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    throw invalid('Both client cert and client key must be provided');
  }
  const ca = [
    ...(caCert === undefined ? [] : [await pem(caCert, 'CA certificate')]),
    ...(caPath === undefined || caCert !== undefined ? [] : await pemFolder(caPath)),
  ];
  return {
    ...(ca.length === 0 ? {} : { ca }),
    ...(clientCert === undefined ? {} : { cert: await pem(clientCert, 'client certificate') }),
    ...(clientKey === undefined ? {} : { key: await pem(clientKey, 'client key') }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(skipVerify === undefined ? {} : { skipVerify }),
  };
}

/** Every file of the folder, as Go takes it. */
async function pemFolder(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw invalid(`failed to load CA path ${folder}: ${explain(cause)}`);
  });
  return Promise.all(names.sort().map((name) => pem(join(folder, name), 'CA certificate')));
}

async function pem(path: string, what: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalid(`failed to load ${what} ${path}: ${explain(cause)}`);
  });
  if (!text.includes('-----BEGIN ')) throw invalid(`failed to decode PEM file ${path}`);
  return text;
}

const invalid = (message: string) => usageError('invalid_nomad_settings', message);
