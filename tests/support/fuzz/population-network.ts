import { newHexId } from '../../../src/core/ids.ts';
import type { Ids } from './examples.ts';

/** One resource from the answer to its creation. */
// oxlint-disable-next-line typescript/no-explicit-any -- documents of many shapes
export type Document = Record<string, any>;

/** Sends a good request with a token; fails with the answer when it is not taken. */
export type Post = (
  token: string,
  path: string,
  body: unknown,
  method?: 'POST' | 'PUT',
  version?: string,
) => Promise<{ document: Document; headers: Document }>;

/** Makes one resource. */
type Make = (path: string, key: string, body: Document) => Promise<Document>;

const N = '/network/v2.0';

/** Something of everything of the network service, in one project. */
export async function populateNetwork(project: {
  readonly id: string;
  /** Keeps names and ranges apart. */
  readonly number: number;
  readonly name: string;
  /** The external network. */
  readonly external: string;
  readonly member: string;
  readonly admin: string;
  readonly post: Post;
  /** As the cloud's administrator. */
  readonly make: Make;
  /** As a member of the project. */
  readonly mine: Make;
}): Promise<Ids> {
  const { id: project_id, number, name, external, member, admin, post, make, mine } = project;
  const network = await mine(`${N}/networks`, 'network', { name });
  const cidr = `10.${number}.0.0/24`;
  const subnet = await mine(`${N}/subnets`, 'subnet', {
    network_id: network['id'],
    ip_version: 4,
    cidr,
  });
  const group4 = await mine(`${N}/security-groups`, 'security_group', { name });
  const rule = await mine(`${N}/security-group-rules`, 'security_group_rule', {
    security_group_id: group4['id'],
    direction: 'ingress',
  });
  const port = await mine(`${N}/ports`, 'port', {
    network_id: network['id'],
    security_groups: [group4['id']],
  });
  const router = await mine(`${N}/routers`, 'router', {
    name,
    external_gateway_info: { network_id: external },
  });
  await post(
    member,
    `${N}/routers/${router['id']}/add_router_interface`,
    { subnet_id: subnet['id'] },
    'PUT',
  );
  const floatingip = await mine(`${N}/floatingips`, 'floatingip', {
    floating_network_id: external,
  });
  const portForwarding = await mine(
    `${N}/floatingips/${floatingip['id']}/port_forwardings`,
    'port_forwarding',
    { protocol: 'tcp', external_port: 22, internal_port: 22, internal_port_id: port['id'] },
  );
  const addressScope = await mine(`${N}/address-scopes`, 'address_scope', {
    name,
    ip_version: 4,
  });
  const subnetPool = await mine(`${N}/subnetpools`, 'subnetpool', {
    name,
    prefixes: [`10.${150 + number}.0.0/16`],
  });
  const segmentRange = await make(`${N}/network_segment_ranges`, 'network_segment_range', {
    name,
    network_type: 'vlan',
    physical_network: name,
    minimum: 7,
    maximum: 9,
  });
  const segment = await make(`${N}/segments`, 'segment', {
    network_id: network['id'],
    network_type: 'vlan',
    physical_network: name,
  });
  const addressGroup = await mine(`${N}/address-groups`, 'address_group', {
    name,
    addresses: ['10.66.0.0/24'],
  });
  const log = await make(`${N}/log/logs`, 'log', {
    resource_type: 'security_group',
    resource_id: group4['id'],
    project_id,
  });
  const policy = (await post(admin, `${N}/qos/policies`, { policy: { name } })).document.policy;
  const limit = (
    await post(admin, `${N}/qos/policies/${policy.id}/bandwidth_limit_rules`, {
      bandwidth_limit_rule: { max_kbps: 1000 },
    })
  ).document.bandwidth_limit_rule;
  const rbac = await mine(`${N}/rbac-policies`, 'rbac_policy', {
    object_type: 'network',
    object_id: network['id'],
    target_tenant: newHexId(),
    action: 'access_as_shared',
  });
  const tapMirror = await mine(`${N}/taas/tap_mirrors`, 'tap_mirror', {
    port_id: port['id'],
    directions: { IN: 1 + Number.parseInt(project_id.slice(0, 7), 16) },
    remote_ip: '192.0.2.1',
    mirror_type: 'gre',
  });
  const ofTrunk = () => mine(`${N}/ports`, 'port', { network_id: network['id'] });
  const [parent, child, spare] = [await ofTrunk(), await ofTrunk(), await ofTrunk()];
  const tapService = await mine(`${N}/taas/tap_services`, 'tap_service', { port_id: port['id'] });
  const tapFlow = await mine(`${N}/taas/tap_flows`, 'tap_flow', {
    tap_service_id: tapService['id'],
    source_port: spare['id'],
    direction: 'IN',
  });
  const trunk = await mine(`${N}/trunks`, 'trunk', {
    port_id: parent['id'],
    sub_ports: [{ port_id: child['id'], segmentation_type: 'vlan', segmentation_id: 7 }],
  });
  for (const [plural, { id }] of Object.entries({
    networks: network,
    subnets: subnet,
    ports: port,
    routers: router,
    floatingips: floatingip,
  }))
    await post(member, `${N}/${plural}/${id}/tags`, { tags: ['a'] });
  return {
    network_id: network['id'],
    subnet_id: subnet['id'],
    security_group_id: group4['id'],
    security_group_rule_id: rule['id'],
    address_scope_id: addressScope['id'],
    subnetpool_id: subnetPool['id'],
    network_segment_range_id: segmentRange['id'],
    segment_id: segment['id'],
    address_group_id: addressGroup['id'],
    log_id: log['id'],
    policy_id: policy.id,
    rule_id: limit.id,
    rule_type: 'bandwidth_limit',
    rbac_policy_id: rbac['id'],
    tap_mirror_id: tapMirror['id'],
    tap_service_id: tapService['id'],
    tap_flow_id: tapFlow['id'],
    port_id: port['id'],
    trunk_id: trunk['id'],
    spare_port_id: spare['id'],
    router_id: router['id'],
    floatingip_id: floatingip['id'],
    port_forwarding_id: portForwarding['id'],
  };
}
