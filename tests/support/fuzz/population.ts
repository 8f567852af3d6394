import assert from 'node:assert/strict';
import { newHexId, newUuid } from '../../../src/core/ids.ts';
import { sleep } from '../../../src/core/time.ts';
import { examplesOf, type Examples, type Ids } from './examples.ts';
import { callerOf, type FuzzRoom } from './room.ts';

/** Two projects with some of everything, and who may ask about them. */
export interface Population {
  /** Tokens by who has them; `nobody` has none. */
  readonly tokens: Readonly<
    Record<'nobody' | 'reader' | 'member' | 'stranger' | 'admin', string | undefined>
  >;
  /** Resources of the project of reader, member and admin. */
  readonly own: Ids;
  /** Resources of the stranger's project. */
  readonly other: Ids;
  /** Good bodies about the own resources. */
  readonly examples: Examples;
}

/** One resource from the answer to its creation. */
// oxlint-disable-next-line typescript/no-explicit-any -- documents of many shapes
type Document = Record<string, any>;

const ADMIN = ['admin', 'manager', 'member', 'reader'];
const MEMBER = ['member', 'reader'];

/** Makes two new projects, with some of everything in each. */
export async function populate(room: FuzzRoom): Promise<Population> {
  const run = newHexId().slice(0, 6);
  const root = room.tokenFor(callerOf(newHexId(), ADMIN));

  const post = async (
    token: string,
    path: string,
    body: unknown,
    method: 'POST' | 'PUT' = 'POST',
    version = 'latest',
  ): Promise<{ document: Document; headers: Document }> => {
    const reply = await room.app.inject({
      method,
      url: path,
      headers: {
        'x-auth-token': token,
        'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json',
        'openstack-api-version': `compute ${version}, placement ${version}`,
      },
      payload: Buffer.isBuffer(body) ? body : JSON.stringify(body ?? {}),
    });
    assert.ok(reply.statusCode < 300, `${method} ${path}: ${reply.statusCode} ${reply.body}`);
    return {
      document: reply.body === '' ? {} : (JSON.parse(reply.body) as Document),
      headers: reply.headers,
    };
  };

  const N = '/network/v2.0';
  const external = (
    await post(root, `${N}/networks`, {
      network: { name: 'public', 'router:external': true },
    })
  ).document.network.id;
  const externalSubnet = (
    await post(root, `${N}/subnets`, {
      subnet: { network_id: external, ip_version: 4, cidr: '172.24.4.0/24', enable_dhcp: false },
    })
  ).document.subnet.id;
  const one = (
    await post(root, '/identity/v3/auth/tokens', {
      auth: {
        identity: {
          methods: ['password'],
          password: {
            user: { name: 'admin', domain: { id: 'default' }, password: room.password },
          },
        },
        scope: { project: { name: 'admin', domain: { id: 'default' } } },
      },
    })
  ).headers;

  /** Everything of one project; `number` keeps names and ranges apart. */
  const settle = async (number: number) => {
    const name = `f${run}${number}`;
    const I = '/identity/v3';
    const make = async (path: string, key: string, body: Document): Promise<Document> =>
      (await post(root, path, { [key]: body })).document[key];
    const project = await make(`${I}/projects`, 'project', { name });
    const project_id = project['id'] as string;
    const user = await make(`${I}/users`, 'user', { name, password: 'secret' });
    const domain = await make(`${I}/domains`, 'domain', { name });
    const group = await make(`${I}/groups`, 'group', { name });
    const role = await make(`${I}/roles`, 'role', { name });
    const implied = await make(`${I}/roles`, 'role', { name: `${name}i` });
    await post(root, `${I}/roles/${role['id']}/implies/${implied['id']}`, {}, 'PUT');
    await post(
      root,
      `${I}/projects/${project_id}/users/${user['id']}/roles/${role['id']}`,
      {},
      'PUT',
    );
    await post(root, `${I}/groups/${group['id']}/users/${user['id']}`, {}, 'PUT');
    const region = await make(`${I}/regions`, 'region', { id: name });
    const service = await make(`${I}/services`, 'service', { name, type: name });
    const endpoint = await make(`${I}/endpoints`, 'endpoint', {
      service_id: service['id'],
      interface: 'public',
      url: 'http://a',
      region_id: region['id'],
    });

    const reader = room.tokenFor(callerOf(project_id, ['reader'], user['id']));
    const member = room.tokenFor(callerOf(project_id, MEMBER, user['id']));
    const admin = room.tokenFor(callerOf(project_id, ADMIN, user['id']));
    const mine = async (path: string, key: string, body: Document): Promise<Document> =>
      (await post(member, path, { [key]: body })).document[key];

    const image = (
      await post(member, '/image/v2/images', {
        name,
        disk_format: 'raw',
        container_format: 'bare',
        visibility: 'shared',
      })
    ).document;
    await post(member, `/image/v2/images/${image['id']}/file`, Buffer.alloc(2000, 1), 'PUT');
    const member_id = newHexId();
    await post(member, `/image/v2/images/${image['id']}/members`, { member: member_id });

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

    const C = '/compute/v2.1';
    const flavor = await make(`${C}/flavors`, 'flavor', { name, ram: 64, vcpus: 1, disk: 0 });
    await post(root, `${C}/flavors/${flavor['id']}/os-extra_specs`, { extra_specs: { k: 'v' } });
    await post(member, `${C}/os-keypairs`, { keypair: { name, type: 'ssh', public_key: KEY } });
    const server = await mine(`${C}/servers`, 'server', {
      name,
      imageRef: image['id'],
      flavorRef: flavor['id'],
      networks: [{ uuid: network['id'] }],
      metadata: { k: 'v' },
      tags: ['a'],
    });
    const ask = (path: string) =>
      room.app.inject({
        url: path,
        headers: {
          'x-auth-token': admin,
          'openstack-api-version': 'compute latest, placement 1.20',
        },
      });
    for (let attempt = 0; attempt < 200; attempt++) {
      const { status } = (await ask(`${C}/servers/${server['id']}`)).json().server;
      if (status === 'ACTIVE' || status === 'ERROR') break;
      await sleep(10);
    }
    const actions = (await ask(`${C}/servers/${server['id']}/os-instance-actions`)).json();
    const services = (await ask(`${C}/os-services`)).json();
    const hypervisors = (await ask(`${C}/os-hypervisors`)).json();

    const uuid = newUuid();
    const P = '/placement';
    await post(root, `${P}/resource_providers`, { name, uuid }, 'POST', '1.20');
    await post(
      root,
      `${P}/resource_classes`,
      { name: `CUSTOM_${name.toUpperCase()}` },
      'POST',
      '1.20',
    );
    await post(root, `${P}/traits/CUSTOM_${name.toUpperCase()}`, {}, 'PUT', '1.20');
    await post(
      root,
      `${P}/resource_providers/${uuid}/inventories`,
      { resource_provider_generation: 0, inventories: { VCPU: { total: 100 } } },
      'PUT',
      '1.20',
    );
    const ids: Ids = {
      project_id,
      user_id: user['id'],
      domain_id: domain['id'],
      group_id: group['id'],
      role_id: role['id'],
      prior_role_id: role['id'],
      implies_role_id: implied['id'],
      region_id: region['id'],
      service_id: service['id'],
      endpoint_id: endpoint['id'],
      image_id: image['id'],
      member_id,
      tag: 'a',
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
      host: 'h',
      router_id: router['id'],
      floatingip_id: floatingip['id'],
      port_forwarding_id: portForwarding['id'],
      flavor_id: flavor['id'],
      keypair_name: name,
      key: 'k',
      server_id: server['id'],
      network_label: name,
      request_id: actions.instanceActions[0].request_id,
      compute_service_id: String(services.services[0].id),
      hypervisor_id: String(hypervisors.hypervisors[0].id),
      uuid,
      consumer_uuid: server['id'],
      resource_class: 'VCPU',
      name: `CUSTOM_${name.toUpperCase()}`,
      alias: 'router',
      class: 'default',
      id: newUuid(),
      volume_id: newUuid(),
      external_network_id: external,
      external_subnet_id: externalSubnet,
      address: `10.${number}.0.77`,
      cidr: `10.${100 + number}.0.0/24`,
      cidr6: `fd00:${number}::/64`,
      new_uuid: newUuid(),
      subject_token: String(one['x-subject-token']),
    };
    return { ids, tokens: { reader, member, admin } };
  };
  const [own, other] = [await settle(1), await settle(2)];
  const ids: Ids = { ...own.ids, other_project_id: other.ids['project_id']! };
  return {
    tokens: { nobody: undefined, ...own.tokens, stranger: other.tokens.member },
    own: ids,
    other: other.ids,
    examples: examplesOf(ids, `n${run}`, room.password),
  };
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4mJvGlvOZ2mfCEeq0qdsn8ihyJBEWsEXz6b3UQF2p9 a@b';
