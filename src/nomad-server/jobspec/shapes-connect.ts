/** Services in Consul's mesh: stored, nothing comes of it here. Source: the tags of Nomad's client library. */
import { block, blocks, duration, flag, free, keyed, map, number, type Shape, text, texts } from './shape.ts';
import { logs, resources, volumeMount } from './shapes-resources.ts';
import { identity } from './shapes-task.ts';

const expose: Shape = {
  items: {
    path: blocks('Paths', {
      items: {
        path: text('Path'),
        protocol: text('Protocol'),
        local_path_port: number('LocalPathPort', 0),
        listener_port: text('ListenerPort'),
      },
    }),
  },
  fixed: { Path: null },
};

const upstream: Shape = {
  items: {
    destination_name: text('DestinationName'),
    destination_namespace: text('DestinationNamespace'),
    destination_peer: text('DestinationPeer'),
    destination_partition: text('DestinationPartition'),
    destination_type: text('DestinationType'),
    local_bind_port: number('LocalBindPort', 0),
    datacenter: text('Datacenter'),
    local_bind_address: text('LocalBindAddress'),
    local_bind_socket_path: text('LocalBindSocketPath'),
    local_bind_socket_mode: text('LocalBindSocketMode'),
    mesh_gateway: block('MeshGateway', { items: { mode: text('Mode') } }),
    config: free('Config'),
  },
};

const transparentProxy: Shape = {
  items: {
    uid: text('UID'),
    outbound_port: number('OutboundPort', 0),
    exclude_inbound_ports: texts('ExcludeInboundPorts'),
    exclude_outbound_ports: free('ExcludeOutboundPorts'),
    exclude_outbound_cidrs: texts('ExcludeOutboundCIDRs'),
    exclude_uids: texts('ExcludeUIDs'),
    no_dns: flag('NoDNS', false),
  },
};

const sidecarService: Shape = {
  items: {
    tags: texts('Tags'),
    port: text('Port'),
    disable_default_tcp_check: flag('DisableDefaultTCPCheck', false),
    meta: map('Meta'),
    proxy: block('Proxy', {
      items: {
        local_service_address: text('LocalServiceAddress'),
        local_service_port: number('LocalServicePort', 0),
        expose: block('Expose', expose),
        upstreams: blocks('Upstreams', upstream),
        transparent_proxy: block('TransparentProxy', transparentProxy),
        config: free('Config'),
      },
      fixed: { ExposeConfig: null },
    }),
  },
};

const sidecarTask: Shape = {
  items: {
    name: text('Name'),
    driver: text('Driver'),
    user: text('User'),
    config: free('Config'),
    env: map('Env'),
    resources: block('Resources', resources),
    meta: map('Meta'),
    kill_timeout: duration('KillTimeout'),
    logs: block('LogConfig', logs),
    shutdown_delay: duration('ShutdownDelay'),
    kill_signal: text('KillSignal'),
    volume_mount: blocks('VolumeMounts', volumeMount),
    identity: blocks('Identities', identity),
  },
};

const gatewayTls: Shape = {
  items: {
    enabled: flag('Enabled', false),
    tls_min_version: text('TLSMinVersion'),
    tls_max_version: text('TLSMaxVersion'),
    cipher_suites: texts('CipherSuites'),
    sds: block('SDS', { items: { cluster_name: text('ClusterName'), cert_resource: text('CertResource') } }),
  },
};

const headers: Shape = { items: { add: map('Add'), set: map('Set'), remove: texts('Remove') } };

const ingress: Shape = {
  items: {
    tls: block('TLS', gatewayTls),
    listener: blocks('Listeners', {
      items: {
        port: number('Port', 0),
        protocol: text('Protocol'),
        service: blocks('Services', {
          items: {
            name: text('Name'),
            hosts: texts('Hosts'),
            tls: block('TLS', gatewayTls),
            request_headers: block('RequestHeaders', headers),
            response_headers: block('ResponseHeaders', headers),
            max_connections: number('MaxConnections'),
            max_pending_requests: number('MaxPendingRequests'),
            max_concurrent_requests: number('MaxConcurrentRequests'),
          },
        }),
      },
    }),
  },
};

const terminating: Shape = {
  items: {
    service: blocks('Services', {
      items: {
        name: text('Name'),
        ca_file: text('CAFile'),
        cert_file: text('CertFile'),
        key_file: text('KeyFile'),
        sni: text('SNI'),
      },
    }),
  },
};

const gateway: Shape = {
  items: {
    proxy: block('Proxy', {
      items: {
        connect_timeout: duration('ConnectTimeout'),
        envoy_gateway_bind_tagged_addresses: flag('EnvoyGatewayBindTaggedAddresses', false),
        envoy_gateway_bind_addresses: keyed('EnvoyGatewayBindAddresses', {
          label: 'Name',
          items: { address: text('Address'), port: number('Port', 0) },
        }),
        envoy_gateway_no_default_bind: flag('EnvoyGatewayNoDefaultBind', false),
        envoy_dns_discovery_type: text('EnvoyDNSDiscoveryType'),
        config: free('Config'),
      },
    }),
    ingress: block('Ingress', ingress),
    terminating: block('Terminating', terminating),
    mesh: block('Mesh', { items: {} }),
  },
};

export const connect: Shape = {
  items: {
    native: flag('Native', false),
    gateway: block('Gateway', gateway),
    sidecar_service: block('SidecarService', sidecarService),
    sidecar_task: block('SidecarTask', sidecarTask),
  },
};
