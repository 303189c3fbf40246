/** How a plugin is told to reach Nomad: the `nomad_*` keys of its configuration. */
import { configKeys, type NomadSettings, settingsFromTexts } from '../nomad/settings.ts';
import { optional, secret, text } from '../schema/field.ts';
import type { Infer, Schema } from '../schema/schema.ts';

/** The agent fills them in from its own `nomad` block; what the operator wrote wins, key by key. */
export const nomadFields = {
  nomadAddress: optional(
    text({ key: configKeys.address, env: 'NOMAD_ADDR', doc: 'Nomad: `http://`, `https://` or `unix://`.' }),
  ),
  nomadRegion: optional(text({ key: configKeys.region, doc: 'Region to ask; the server decides when unset.' })),
  nomadNamespace: optional(text({ key: configKeys.namespace, doc: 'Namespace where a call does not name one.' })),
  nomadToken: optional(secret({ key: configKeys.token, doc: 'ACL token; never printed.' })),
  nomadHttpAuth: optional(secret({ key: configKeys.httpAuth, doc: '`user:password` for basic auth; never printed.' })),
  nomadCaCert: optional(text({ key: configKeys.caCert, doc: 'PEM file of the CA that signed Nomad’s certificate.' })),
  nomadCaPath: optional(text({ key: configKeys.caPath, doc: 'Folder of such files.' })),
  nomadClientCert: optional(text({ key: configKeys.clientCert, doc: 'PEM file of a client certificate.' })),
  nomadClientKey: optional(text({ key: configKeys.clientKey, doc: 'PEM file of its key.' })),
  nomadTlsServerName: optional(text({ key: configKeys.serverName, doc: 'Name to expect in Nomad’s certificate.' })),
  nomadSkipVerify: optional(text({ key: configKeys.skipVerify, doc: '`true` takes any certificate.' })),
  nomadBlockQueryWaitTime: optional(
    text({ key: configKeys.wait, doc: 'How long Nomad may hold a blocking query, as `5m`.' }),
  ),
};

/** The values of `nomadFields`. */
export type NomadConfig = Infer<Schema<typeof nomadFields>>;

/** From the values of `nomadFields` to what `shareNomad` and `nomadClient` take. */
export function nomadSettings(config: NomadConfig): NomadSettings {
  return settingsFromTexts({
    address: config.nomadAddress,
    region: config.nomadRegion,
    namespace: config.nomadNamespace,
    token: config.nomadToken,
    httpAuth: config.nomadHttpAuth,
    caCert: config.nomadCaCert,
    caPath: config.nomadCaPath,
    clientCert: config.nomadClientCert,
    clientKey: config.nomadClientKey,
    serverName: config.nomadTlsServerName,
    skipVerify: config.nomadSkipVerify,
    wait: config.nomadBlockQueryWaitTime,
  });
}
