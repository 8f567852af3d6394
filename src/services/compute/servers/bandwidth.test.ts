import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { insert, named, update } from '../../../ovn/index.ts';
import {
  bringUp,
  eventually,
  startTestCompute,
  type Document,
  type TestCompute,
} from '../testing.ts';

const EGRESS = 'NET_BW_EGR_KILOBIT_PER_SEC';
const INGRESS = 'NET_BW_IGR_KILOBIT_PER_SEC';
const PLACEMENT = '1.36';
const NOVA = '2.72';

/** Servers with ports that were promised a bandwidth, from the chassis' options to what is free again at the end. */
describe('minimum bandwidth', () => {
  let room: TestCompute;
  let network: string;
  const ask = (method: string, path: string, body?: unknown, version?: string) =>
    room.admin.ask(method, path, body, version);
  const make = async (path: string, body: Document): Promise<Document> =>
    Object.values(await room.admin.post(`/network/v2.0/${path}`, body))[0] as Document;

  const chassis = (name: string, options: string) =>
    room.southbound!.transact([
      insert('Encap', { type: 'geneve', ip: name, chassis_name: name }, `e_${name}`),
      insert('Chassis', {
        name,
        hostname: name,
        encaps: [named(`e_${name}`)],
        other_config: {
          'ovn-bridge-mappings': 'public:br-ex',
          'ovn-cms-options': `enable-chassis-as-gw,${options}`,
        },
      }),
      insert('Chassis_Private', { name, nb_cfg_timestamp: Date.now() }),
    ]);
  const tell = (name: string, options: string) =>
    room.southbound!.transact([
      update('Chassis', [['name', '==', name]], {
        other_config: { 'ovn-bridge-mappings': 'public:br-ex', 'ovn-cms-options': options },
      }),
    ]);

  /** Providers by name. */
  async function providers(): Promise<Map<string, Document>> {
    const { resource_providers: all } = await room.admin.get(
      '/placement/resource_providers',
      PLACEMENT,
    );
    return new Map(all.map((one: Document) => [one['name'], one]));
  }
  const bridgeOf = async (host: string) =>
    (await providers()).get(`${host}:OVN Controller agent:br-ex`);
  /** What is taken of a host's bridge. */
  async function used(host: string): Promise<Document> {
    const { uuid } = (await bridgeOf(host))!;
    return (await room.admin.get(`/placement/resource_providers/${uuid}/usages`)).usages;
  }
  /** What a server has, by provider. */
  const taken = async (server: string): Promise<Record<string, Document>> =>
    Object.fromEntries(
      Object.entries((await room.admin.get(`/placement/allocations/${server}`)).allocations).map(
        ([id, one]) => [id, (one as Document)['resources']],
      ),
    );
  const policy = async (...minimums: [direction: string, kilobits: number][]): Promise<string> => {
    const { id } = await make('qos/policies', { policy: { name: 'p' } });
    for (const [direction, min_kbps] of minimums)
      await make(`qos/policies/${id}/minimum_bandwidth_rules`, {
        minimum_bandwidth_rule: { direction, min_kbps },
      });
    return id;
  };
  const port = (values: Document = {}) =>
    make('ports', { port: { network_id: network, ...values } });
  const show = async (id: string): Promise<Document> =>
    (await room.admin.get(`/network/v2.0/ports/${id}`)).port;
  const boot = (ports: string[], version = NOVA, values: Document = {}) =>
    room.server(room.admin, { networks: ports.map((id) => ({ port: id })), ...values }, version);

  before(async () => {
    room = await startTestCompute({ withSouthbound: true });
    await chassis('h1', 'resource_provider_bandwidths=br-ex:1000:2000');
    await chassis('h2', 'x');
    await room.host('h1');
    await room.host('h2');
    await eventually('the provider of the bridge', () => bridgeOf('h1'));
    const outside = await make('networks', {
      network: {
        name: 'outside',
        'provider:network_type': 'flat',
        'provider:physical_network': 'public',
      },
    });
    network = outside['id'];
    await make('subnets', {
      subnet: { network_id: network, ip_version: 4, cidr: '10.9.0.0/24' },
    });
  });
  after(() => room.stop());

  test('hosts tell placement: an agent below the host, a bridge below the agent', async () => {
    const all = await providers();
    const [root, agent, bridge] = [
      all.get('h1')!,
      all.get('h1:OVN Controller agent')!,
      all.get('h1:OVN Controller agent:br-ex')!,
    ];
    assert.equal(agent['parent_provider_uuid'], root['uuid']);
    assert.equal(bridge['parent_provider_uuid'], agent['uuid']);
    assert.equal(bridge['root_provider_uuid'], root['uuid']);
    // uuid5 of Neutron's namespace and the names, so that both write the same providers.
    assert.equal(agent['uuid'], 'ad55db29-4bba-59e4-9a45-46b138b81a2f');
    const { inventories } = await room.admin.get(
      `/placement/resource_providers/${bridge['uuid']}/inventories`,
    );
    assert.deepEqual(
      Object.entries(inventories as Record<string, Document>).map(([name, one]) => [
        name,
        one['total'],
      ]),
      [
        [EGRESS, 1000],
        [INGRESS, 2000],
      ],
    );
    const { traits } = await room.admin.get(
      `/placement/resource_providers/${bridge['uuid']}/traits`,
      PLACEMENT,
    );
    assert.deepEqual(traits.toSorted(), ['CUSTOM_PHYSNET_PUBLIC', 'CUSTOM_VNIC_TYPE_NORMAL']);
    assert.equal(all.has('h2:OVN Controller agent'), false);
    // What others find by the API.
    const found = await room.admin.get(
      `/placement/allocation_candidates?resources=VCPU:1&resources_bw=${EGRESS}:500&required_bw=CUSTOM_PHYSNET_PUBLIC`,
      PLACEMENT,
    );
    assert.deepEqual(
      found['allocation_requests'].map((one: Document) => one['mappings']),
      [{ '': [root['uuid']], _bw: [bridge['uuid']] }],
    );
  });

  test('a port shows its request; not where tunnels carry it, nor to others', async () => {
    const qos_policy_id = await policy(['egress', 300], ['ingress', 400]);
    const { resource_request: request } = await port({ qos_policy_id });
    const [group] = request.request_groups;
    assert.deepEqual(request, {
      request_groups: [
        {
          id: group.id,
          required: ['CUSTOM_PHYSNET_PUBLIC', 'CUSTOM_VNIC_TYPE_NORMAL'],
          resources: { [EGRESS]: 300, [INGRESS]: 400 },
        },
      ],
      same_subtree: [group.id],
    });
    assert.equal((await port())['resource_request'], null);
    const tunnelled = await room.net(room.admin);
    const inside = await port({ network_id: tunnelled.network, qos_policy_id });
    assert.equal(inside['resource_request'], null);
    const member = room.member();
    const own = await room.net(member);
    const { ports } = await member.get(`/network/v2.0/ports?network_id=${own.network}`);
    for (const one of ports) assert.equal('resource_request' in one, false);
    const aliases = (await room.admin.get('/network/v2.0/extensions')).extensions.map(
      (one: Document) => one['alias'],
    );
    assert.ok(aliases.includes('port-resource-request'));
    assert.ok(aliases.includes('port-resource-request-groups'));
  });

  test('servers take it and give it back; none left is No valid host with the reason', async () => {
    const qos_policy_id = await policy(['egress', 600], ['ingress', 100]);
    const [first, second] = [await port({ qos_policy_id }), await port({ qos_policy_id })];
    const old = await ask(
      'POST',
      '/compute/v2.1/servers',
      {
        server: {
          name: 'old',
          imageRef: room.image(),
          flavorRef: await room.flavor(),
          networks: [{ port: first['id'] }],
        },
      },
      '2.71',
    );
    assert.equal(old.status, 400);
    assert.match(old.body['badRequest'].message, /until microversion 2\.72/);

    const server = await boot([first['id']]);
    const bridge = (await bridgeOf('h1'))!['uuid'];
    assert.deepEqual((await taken(server))[bridge], { [EGRESS]: 600, [INGRESS]: 100 });
    const bound = await show(first['id']);
    assert.equal(bound['binding:host_id'], 'h1');
    assert.deepEqual(bound['binding:profile'], {
      allocation: { [bound['resource_request'].request_groups[0].id]: bridge },
    });
    await bringUp(room, first['id']);
    await room.becomes(room.admin, server, 'ACTIVE');

    const none = await boot([second['id']]);
    const { fault } = await room.becomes(room.admin, none, 'ERROR');
    assert.match(fault.message, /No valid host was found/);
    assert.match(fault.message, /not enough bandwidth on the physical networks/);
    assert.match(fault.details, /h1:.*600 wanted, 400 of 1000 free/);
    assert.match(fault.details, /h2: no provider below it has the traits CUSTOM_PHYSNET_PUBLIC/);
    assert.deepEqual((await show(second['id']))['binding:profile'], {});
    assert.deepEqual(await used('h1'), { [EGRESS]: 600, [INGRESS]: 100 });

    await ask('DELETE', `/compute/v2.1/servers/${none}`);
    await ask('DELETE', `/compute/v2.1/servers/${server}`);
    await room.gone(room.admin, server);
    assert.deepEqual(await used('h1'), { [EGRESS]: 0, [INGRESS]: 0 });
    assert.deepEqual((await show(first['id']))['binding:profile'], {});
  });

  test('several ports of one server share a bridge as long as it has enough', async () => {
    const qos_policy_id = await policy(['egress', 450]);
    const ports = [await port({ qos_policy_id }), await port({ qos_policy_id })];
    const server = await boot(ports.map(({ id }) => id));
    assert.equal((await used('h1'))[EGRESS], 900);
    for (const { id } of ports)
      assert.equal(Object.keys((await show(id))['binding:profile'].allocation).length, 1);
    // The flavor may ask for a provider each: there is one bridge.
    const tiny = { qos_policy_id: await policy(['egress', 10]) };
    const apart = [await port(tiny), await port(tiny)];
    const flavorRef = await room.flavor();
    await room.admin.post(`/compute/v2.1/flavors/${flavorRef}/os-extra_specs`, {
      extra_specs: { group_policy: 'isolate' },
    });
    const isolated = await boot(
      apart.map(({ id }) => id),
      NOVA,
      { flavorRef },
    );
    const { fault } = await room.becomes(room.admin, isolated, 'ERROR');
    assert.match(fault.details, /h1: no provider below it can serve what the ports need/);
    const alone = await boot([apart[0]!['id']], NOVA, { flavorRef });
    assert.equal((await used('h1'))[EGRESS], 910);
    for (const id of [isolated, alone]) await ask('DELETE', `/compute/v2.1/servers/${id}`);
    await room.gone(room.admin, alone);
    // A port that goes by itself gives its part back.
    assert.equal((await ask('DELETE', `/network/v2.0/ports/${ports[0]!['id']}`)).status, 204);
    assert.equal((await used('h1'))[EGRESS], 450);
    await ask('DELETE', `/compute/v2.1/servers/${server}`);
    await room.gone(room.admin, server);
    assert.equal((await used('h1'))[EGRESS], 0);
  });

  test('two servers at once never get more than there is', async () => {
    const qos_policy_id = await policy(['egress', 400]);
    const ports = await Promise.all(Array.from({ length: 4 }, () => port({ qos_policy_id })));
    const servers = await Promise.all(ports.map(({ id }) => boot([id])));
    assert.equal((await used('h1'))[EGRESS], 800);
    const states = await Promise.all(
      servers.map(
        async (id) => (await room.admin.get(`/compute/v2.1/servers/${id}`)).server.status,
      ),
    );
    assert.equal(states.filter((status) => status === 'ERROR').length, 2);
    for (const id of servers) await ask('DELETE', `/compute/v2.1/servers/${id}`);
    for (const id of servers) await room.gone(room.admin, id);
    assert.equal((await used('h1'))[EGRESS], 0);
  });

  test('an interface is attached where there is enough, and detached gives back', async () => {
    // The small one takes the server to the host with the bandwidth.
    const small = await port({ qos_policy_id: await policy(['egress', 100]) });
    const server = await boot([small['id']]);
    await bringUp(room, small['id']);
    await room.becomes(room.admin, server, 'ACTIVE');
    const before = await taken(server);
    const path = `/compute/v2.1/servers/${server}/os-interface`;
    const large = await port({ qos_policy_id: await policy(['egress', 950]) });
    const refused = await ask('POST', path, { interfaceAttachment: { port_id: large['id'] } });
    assert.equal(refused.status, 400);
    assert.match(refused.body['badRequest'].message, /Failed to allocate additional resources/);
    assert.deepEqual(await taken(server), before);
    assert.equal((await show(large['id']))['device_id'], '');

    const middle = await port({ qos_policy_id: await policy(['egress', 850]) });
    const added = await ask('POST', path, { interfaceAttachment: { port_id: middle['id'] } });
    assert.equal(added.status, 200, JSON.stringify(added.body));
    assert.equal((await used('h1'))[EGRESS], 950);
    assert.equal(
      Object.values((await show(middle['id']))['binding:profile'].allocation)[0],
      (await bridgeOf('h1'))!['uuid'],
    );
    assert.equal((await ask('DELETE', `${path}/${middle['id']}`)).status, 202);
    assert.deepEqual(await taken(server), before);
    assert.deepEqual((await show(middle['id']))['binding:profile'], {});
    await ask('DELETE', `/compute/v2.1/servers/${server}`);
    await room.gone(room.admin, server);
  });

  test('another policy of a bound port changes what is taken; rules in use stay as they are', async () => {
    const [low, high, most] = [
      await policy(['egress', 200]),
      await policy(['egress', 700], ['ingress', 50]),
      await policy(['egress', 1001]),
    ];
    const { id } = await port({ qos_policy_id: low });
    const server = await boot([id]);
    const bridge = (await bridgeOf('h1'))!['uuid'];
    const put = (qos_policy_id: string | null) =>
      ask('PUT', `/network/v2.0/ports/${id}`, { port: { qos_policy_id } });

    assert.equal((await put(high)).status, 200);
    assert.deepEqual(await used('h1'), { [EGRESS]: 700, [INGRESS]: 50 });
    const after = await show(id);
    assert.deepEqual(after['binding:profile'], {
      allocation: { [after['resource_request'].request_groups[0].id]: bridge },
    });
    const refused = await put(most);
    assert.equal(refused.status, 409);
    assert.equal(refused.body['NeutronError'].type, 'QosPlacementAllocationUpdateConflict');
    assert.deepEqual(await used('h1'), { [EGRESS]: 700, [INGRESS]: 50 });
    assert.equal((await show(id))['qos_policy_id'], high);

    const rules = `/network/v2.0/qos/policies/${high}/minimum_bandwidth_rules`;
    const [rule] = (await room.admin.get(rules)).minimum_bandwidth_rules;
    for (const reply of [
      await ask('PUT', `${rules}/${rule.id}`, { minimum_bandwidth_rule: { min_kbps: 1 } }),
      await ask('DELETE', `${rules}/${rule.id}`),
      await ask('POST', rules.replace(high, high), {
        minimum_bandwidth_rule: { min_kbps: 1, direction: 'ingress' },
      }),
    ]) {
      assert.ok(reply.status === 501 || reply.status === 409, JSON.stringify(reply.body));
    }
    const change = await ask('PUT', `${rules}/${rule.id}`, {
      minimum_bandwidth_rule: { min_kbps: 1 },
    });
    assert.equal(change.status, 501);
    assert.match(change.body['NeutronError'].message, /backed by resources tracked in Placement/);

    assert.equal((await put(null)).status, 200);
    assert.deepEqual(await used('h1'), { [EGRESS]: 0, [INGRESS]: 0 });
    assert.deepEqual((await show(id))['binding:profile'], { allocation: {} });
    await ask('DELETE', `/compute/v2.1/servers/${server}`);
    await room.gone(room.admin, server);
  });

  test("a network's policy counts for its ports, and is not promised to ports that Nova makes", async () => {
    const { id } = await port();
    const half = await policy(['egress', 500]);
    const put = (qos_policy_id: string | null) =>
      ask('PUT', `/network/v2.0/networks/${network}`, { network: { qos_policy_id } });
    assert.equal((await put(half)).status, 200);
    const made = await ask(
      'POST',
      '/compute/v2.1/servers',
      {
        server: {
          name: 'web',
          imageRef: room.image(),
          flavorRef: await room.flavor(),
          networks: [{ uuid: network }],
        },
      },
      NOVA,
    );
    assert.equal(made.status, 400);
    assert.match(
      made.body['badRequest'].message,
      /Using networks with QoS policy is not supported/,
    );
    const server = await boot([id]);
    assert.equal((await used('h1'))[EGRESS], 500);
    const attached = await ask('POST', `/compute/v2.1/servers/${server}/os-interface`, {
      interfaceAttachment: { net_id: network },
    });
    assert.ok([400, 409].includes(attached.status), JSON.stringify(attached.body));
    assert.equal((await put(await policy(['egress', 100]))).status, 200);
    assert.equal((await used('h1'))[EGRESS], 100);
    assert.equal((await put(null)).status, 200);
    assert.equal((await used('h1'))[EGRESS], 0);
    await ask('DELETE', `/compute/v2.1/servers/${server}`);
    await room.gone(room.admin, server);
  });

  test('providers follow the options, and what is in use stays until it is given back', async () => {
    const { generation } = (await bridgeOf('h1'))!;
    await room.restart();
    assert.equal((await bridgeOf('h1'))!['generation'], generation);
    await tell('h2', 'resource_provider_bandwidths=br-ex:77:;br-no:1:1');
    const second = await eventually('a provider of h2', () => bridgeOf('h2'));
    const path = `/placement/resource_providers/${second['uuid']}/inventories`;
    assert.deepEqual(Object.keys((await room.admin.get(path)).inventories), [EGRESS]);
    await tell('h2', 'resource_provider_bandwidths=br-ex:88:99');
    await eventually('the new figures', async () => {
      const { inventories } = await room.admin.get(path);
      return inventories[EGRESS].total === 88 && inventories[INGRESS]?.total === 99;
    });
    const { id } = await port({ qos_policy_id: await policy(['egress', 80]) });
    const server = await boot([id], '2.74', { hypervisor_hostname: 'h2' });
    assert.equal((await used('h2'))[EGRESS], 80);
    await tell('h2', 'nothing');
    await eventually('nothing more to give', async () => {
      const { inventories } = await room.admin.get(path);
      return inventories[EGRESS].reserved === 88 && inventories[INGRESS] === undefined;
    });
    await ask('DELETE', `/compute/v2.1/servers/${server}`);
    await room.gone(room.admin, server);
    await tell('h2', 'nothing,again');
    await eventually('the end of the provider of h2', async () => !(await bridgeOf('h2')));
    await tell('h1', 'nothing');
    await eventually('the end of the providers of h1', async () => !(await bridgeOf('h1')));
    assert.equal((await providers()).has('h1:OVN Controller agent'), false);
  });
});
