import type { ApiClient } from './api.ts';

/** How a row of each table is edited by hand: arguments of `ovn-nbctl set TABLE UUID`. */
export const EDITS: Readonly<Record<string, readonly string[]>> = {
  Logical_Switch: ['name=by-hand', 'other_config:vlan-passthru=true'],
  Logical_Switch_Port: ['addresses=unknown', 'options:requested-chassis=nowhere'],
  Logical_Router: ['name=by-hand', 'enabled=false'],
  Logical_Router_Port: ['networks=192.0.2.1/24'],
  Gateway_Chassis: ['priority=77'],
  Logical_Router_Static_Route: ['nexthop=192.0.2.9'],
  NAT: ['external_ip=192.0.2.9', 'logical_ip=192.0.2.8'],
  Port_Group: ['name=by_hand'],
  ACL: ['priority=7', 'action=reject'],
  DHCP_Options: ['cidr=192.0.2.0/24', 'options:mtu=576'],
  DNS: ['records:by-hand=192.0.2.9'],
  BFD: ['dst_ip=192.0.2.9'],
  Load_Balancer: ['vips:"192.0.2.9:80"="192.0.2.8:80"'],
  Address_Set: ['addresses=192.0.2.9'],
  Meter: ['unit=kbps'],
  Meter_Band: ['rate=77'],
  Mirror: ['sink=192.0.2.9'],
  QoS: ['priority=7', 'match=ip6'],
};

/** What must be there besides one network with a server's port, a router, a floating IP and a group: by table. */
export const OBJECTS: Readonly<Record<string, (api: ApiClient, made: Made) => Promise<unknown>>> = {
  Logical_Router_Static_Route: (api, { routerId }) =>
    api.put(`/network/v2.0/routers/${routerId}`, {
      router: { routes: [{ destination: '198.51.100.0/24', nexthop: '10.40.0.77' }] },
    }),
  async DNS(api, { networkId, portId }) {
    await api.put(`/network/v2.0/networks/${networkId}`, { network: { dns_domain: 'hand.test.' } });
    await api.put(`/network/v2.0/ports/${portId}`, {
      port: { dns_name: 'web', device_id: 'by-hand' },
    });
  },
  BFD: (api, { routerId }) =>
    api.put(`/network/v2.0/routers/${routerId}`, { router: { enable_default_route_bfd: true } }),
  async Load_Balancer(api, { publicId, networkId }) {
    const { port } = await api.post('/network/v2.0/ports', { port: { network_id: networkId } });
    const { floatingip } = await api.post('/network/v2.0/floatingips', {
      floatingip: { floating_network_id: publicId },
    });
    await api.post(`/network/v2.0/floatingips/${floatingip.id}/port_forwardings`, {
      port_forwarding: {
        protocol: 'tcp',
        external_port: 8080,
        internal_port: 80,
        internal_port_id: port.id,
        internal_ip_address: port.fixed_ips[0].ip_address,
      },
    });
  },
  async Address_Set(api, { groupId }) {
    const { address_group: group } = await api.post('/network/v2.0/address-groups', {
      address_group: { name: 'hand', addresses: ['198.51.100.0/24'] },
    });
    await api.post('/network/v2.0/security-group-rules', {
      security_group_rule: {
        security_group_id: groupId,
        direction: 'ingress',
        protocol: 'udp',
        remote_address_group_id: group.id,
      },
    });
  },
  Meter: (api, { groupId }) =>
    api.post('/network/v2.0/log/logs', {
      log: { resource_type: 'security_group', resource_id: groupId, event: 'ALL' },
    }),
  Mirror: (api, { portId }) =>
    api.post('/network/v2.0/taas/tap_mirrors', {
      tap_mirror: {
        name: 'hand',
        port_id: portId,
        mirror_type: 'gre',
        remote_ip: '192.0.2.50',
        directions: { IN: 101 },
      },
    }),
  async QoS(api, { portId }) {
    const { policy } = await api.post('/network/v2.0/qos/policies', { policy: { name: 'hand' } });
    await api.post(`/network/v2.0/qos/policies/${policy.id}/bandwidth_limit_rules`, {
      bandwidth_limit_rule: { max_kbps: 5000, max_burst_kbps: 500, direction: 'ingress' },
    });
    await api.put(`/network/v2.0/ports/${portId}`, { port: { qos_policy_id: policy.id } });
  },
};

/** What the objects above may refer to. */
export interface Made {
  readonly publicId: string;
  readonly networkId: string;
  readonly subnetId: string;
  readonly routerId: string;
  readonly portId: string;
  readonly groupId: string;
}
