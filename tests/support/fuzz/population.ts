import assert from 'node:assert/strict';
import { newHexId, newUuid } from '../../../src/core/ids.ts';
import { sleep } from '../../../src/core/time.ts';
import { examplesOf, type Examples, type Ids } from './examples.ts';
import { populateNetwork, type Document, type Post } from './population-network.ts';
import { populateOrchestration } from './population-orchestration.ts';
import { populateIdentity, populateOwned } from './population-identity.ts';
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

const ADMIN = ['admin', 'manager', 'member', 'reader'];
const MEMBER = ['member', 'reader'];

/** Makes two new projects, with some of everything in each. */
export async function populate(room: FuzzRoom): Promise<Population> {
  const run = newHexId().slice(0, 6);
  const root = room.tokenFor(callerOf(newHexId(), ADMIN));

  const post: Post = async (token, path, body, method = 'POST', version = 'latest') => {
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
    const identity = await populateIdentity(name, root, post);
    const { project_id } = identity;
    const make = async (path: string, key: string, body: Document): Promise<Document> =>
      (await post(root, path, { [key]: body })).document[key];

    const reader = room.tokenFor(callerOf(project_id, ['reader'], identity.user_id));
    const member = room.tokenFor(callerOf(project_id, MEMBER, identity.user_id));
    const admin = room.tokenFor(callerOf(project_id, ADMIN, identity.user_id));
    const mine = async (path: string, key: string, body: Document): Promise<Document> =>
      (await post(member, path, { [key]: body })).document[key];

    const owned = await populateOwned(identity, member, post);

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

    await post(root, '/image/v2/metadefs/namespaces', {
      namespace: name,
      owner: project_id,
      objects: [{ name }],
      properties: { [name]: { title: 'P', type: 'string' } },
      tags: [{ name }],
      resource_type_associations: [{ name: 'OS::Glance::Image' }],
    });

    const network = await populateNetwork({
      id: project_id,
      number,
      name,
      external,
      member,
      admin,
      post,
      make,
      mine,
    });

    const orchestration = await populateOrchestration(name, project_id, member, room, post);

    const C = '/compute/v2.1';
    const flavor = await make(`${C}/flavors`, 'flavor', { name, ram: 64, vcpus: 1, disk: 0 });
    await post(root, `${C}/flavors/${flavor['id']}/os-extra_specs`, { extra_specs: { k: 'v' } });
    const serverGroup = (
      await post(member, `${C}/os-server-groups`, {
        server_group: { name, policy: 'soft-anti-affinity' },
      })
    ).document.server_group;
    const aggregate = (await post(root, `${C}/os-aggregates`, { aggregate: { name } })).document
      .aggregate;
    await post(member, `${C}/os-keypairs`, { keypair: { name, type: 'ssh', public_key: KEY } });
    const server = await mine(`${C}/servers`, 'server', {
      name,
      imageRef: image['id'],
      flavorRef: flavor['id'],
      networks: [{ uuid: network['network_id'] }],
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
      ...identity,
      ...owned,
      image_id: image['id'],
      member_id,
      tag: 'a',
      namespace_name: name,
      object_name: name,
      property_name: name,
      tag_name: name,
      store_id: 'file',
      ...network,
      host: 'h',
      flavor_id: flavor['id'],
      server_group_id: serverGroup.id,
      aggregate_id: String(aggregate.id),
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
      tenant_id: project_id,
      ...orchestration,
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
