import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ApiClient } from './support/api.ts';
import { TestCloud } from './support/cloud.ts';
import { eventually } from './support/command.ts';

/**
 * A network with a way out and two servers, one of which is reached from outside. Of another number the network and its
 * subnet are others, and everything that refers to them has to follow.
 */
function template(number: number, more: object = {}): object {
  const [net, subnet] = [`net${number}`, `subnet${number}`];
  const server = (port: string) => ({
    type: 'OS::Nova::Server',
    properties: {
      image: 'busybox',
      flavor: 'm1.tiny',
      networks: [{ port: { get_resource: port } }],
    },
  });
  const port = {
    type: 'OS::Neutron::Port',
    properties: {
      network: { get_resource: net },
      fixed_ips: [{ subnet: { get_resource: subnet } }],
      security_groups: [{ get_resource: 'open' }],
    },
  };
  return {
    heat_template_version: '2018-08-31',
    resources: {
      [net]: { type: 'OS::Neutron::Net' },
      [subnet]: {
        type: 'OS::Neutron::Subnet',
        properties: { network: { get_resource: net }, cidr: `10.${number}.0.0/24` },
      },
      open: {
        type: 'OS::Neutron::SecurityGroup',
        properties: { rules: [{ protocol: 'icmp', remote_ip_prefix: '0.0.0.0/0' }] },
      },
      router: {
        type: 'OS::Neutron::Router',
        properties: { external_gateway_info: { network: 'public' } },
      },
      interface: {
        type: 'OS::Neutron::RouterInterface',
        properties: { router: { get_resource: 'router' }, subnet: { get_resource: subnet } },
      },
      one: port,
      two: port,
      first: server('one'),
      second: server('two'),
      way: {
        type: 'OS::Neutron::FloatingIP',
        properties: { floating_network: 'public', port_id: { get_resource: 'one' } },
      },
      ...more,
    },
    outputs: {
      address: { value: { get_attr: ['way', 'floating_ip_address'] } },
      inside: { value: { get_attr: ['first', 'first_address'] } },
    },
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- documents of many shapes
type Document = Record<string, any>;

/** Stacks of real servers in real networks: made, changed, taken back, killed in the middle, taken down. */
describe('orchestration', { timeout: 600_000 }, () => {
  let cloud: TestCloud;
  let api: ApiClient;
  let stacks: string;

  before(async () => {
    cloud = await TestCloud.start('heat');
    api = await cloud.api('demo');
    stacks = `/orchestration/v1/${api.projectId}/stacks`;
  });
  after(async () => {
    await cloud.destroy();
  });
  afterEach((context) => {
    if ('passed' in context && context.passed === false) console.error(cloud.logs(40));
  });

  async function begin(name: string, body: object): Promise<string> {
    const { stack } = await api.post<Document>(stacks, { stack_name: name, ...body });
    return `${stacks}/${name}/${stack.id}`;
  }
  /** The stack once its action has ended; the control plane may be away meanwhile. */
  async function ended(stack: string): Promise<Document> {
    return eventually(
      `the end of ${stack}`,
      async () => {
        const shown = await api.call('GET', stack).catch(() => undefined);
        if (shown?.status !== 200) return undefined;
        const { stack: document } = shown.body;
        return String(document.stack_status).endsWith('IN_PROGRESS') ? undefined : document;
      },
      120_000,
    );
  }
  const output = (stack: Document, key: string): any =>
    // oxlint-disable-line typescript/no-explicit-any -- of any kind

    stack['outputs'].find((one: Document) => one['output_key'] === key).output_value;
  async function resources(stack: string): Promise<Record<string, string>> {
    const { resources: all } = await api.get<Document>(`${stack}/resources`);
    return Object.fromEntries(
      all.map((one: Document) => [one['resource_name'], one['physical_resource_id']]),
    );
  }
  /** Everything that the project has; what stacks have made must be gone at the end. */
  async function belongings(): Promise<string[]> {
    const lists = await Promise.all([
      api.get<Document>('/network/v2.0/networks?router:external=false'),
      api.get<Document>('/network/v2.0/subnets'),
      api.get<Document>('/network/v2.0/ports'),
      api.get<Document>('/network/v2.0/routers'),
      api.get<Document>('/network/v2.0/floatingips'),
      api.get<Document>('/compute/v2.1/servers'),
    ]);
    const own = (one: Document) => (one['project_id'] ?? api.projectId) === api.projectId;
    return lists.flatMap((list) =>
      Object.entries(list).flatMap(([kind, all]) =>
        Array.isArray(all)
          ? all.filter((one: Document) => own(one)).map((one: Document) => `${kind} ${one['id']}`)
          : [],
      ),
    );
  }
  async function remove(stack: string): Promise<void> {
    await api.call('DELETE', stack);
    assert.equal((await ended(stack))['stack_status'], 'DELETE_COMPLETE');
  }

  test('the client makes a stack of servers; it is changed, taken back and taken down', async () => {
    const before = await belongings();
    const file = path.join(cloud.home, 'stack.yaml');
    writeFileSync(file, JSON.stringify(template(61)));
    await cloud.openstack(['stack', 'create', '-t', file, '--wait', 'web'], {
      user: 'demo',
    });
    const { stacks: all } = await api.get<Document>(stacks);
    const stack = `${stacks}/web/${all[0].id}`;
    const made = await ended(stack);
    assert.equal(made['stack_status'], 'CREATE_COMPLETE', made['stack_status_reason']);
    const address = output(made, 'address');
    assert.match(output(made, 'inside'), /^10\.61\.0\./);
    await eventually('the server to answer', () => cloud.pings(address), 40_000);

    // Another subnet: ports are others, the router and the floating IP's address stay.
    const first = await resources(stack);
    await api.call('PUT', stack, { template: template(62) });
    const changed = await ended(stack);
    assert.equal(changed['stack_status'], 'UPDATE_COMPLETE', changed['stack_status_reason']);
    const second = await resources(stack);
    assert.ok(!('subnet61' in second) && 'subnet62' in second);
    assert.notEqual(second['one'], first['one']);
    assert.equal(second['router'], first['router']);
    assert.match(output(changed, 'inside'), /^10\.62\.0\./);
    const now = output(changed, 'address');
    await eventually('the server to answer behind its new subnet', () => cloud.pings(now), 40_000);

    // What fails is taken back.
    const broken = template(62, {
      trouble: {
        type: 'OS::Heat::TestResource',
        properties: { value: 'x', fail: true },
        depends_on: ['way'],
      },
    });
    await api.call('PUT', stack, { template: broken, disable_rollback: false });
    const back = await ended(stack);
    assert.equal(back['stack_status'], 'ROLLBACK_COMPLETE', back['stack_status_reason']);
    assert.deepEqual(await resources(stack), second);
    assert.ok(await cloud.pings(now), 'the server answers as before');

    await remove(stack);
    assert.deepEqual(await belongings(), before);
  });

  test('kill -9 of the control plane in the middle of everything', async () => {
    const before = await belongings();
    const kill = async (after: number) => {
      await sleep(after);
      const pid = await cloud.pidOf('control-plane');
      process.kill(pid, 'SIGKILL');
      await eventually('another control plane', async () => {
        const reply = await api.call('GET', stacks).catch(() => undefined);
        return reply?.status === 200 && (await cloud.pidOf('control-plane')) !== pid;
      });
    };
    const stack = await begin('kill', { template: template(63) });
    await kill(150);
    const made = await ended(stack);
    assert.equal(made['stack_status'], 'CREATE_COMPLETE', made['stack_status_reason']);
    await api.call('PUT', stack, { template: template(64) });
    await kill(200);
    const changed = await ended(stack);
    assert.equal(changed['stack_status'], 'UPDATE_COMPLETE', changed['stack_status_reason']);
    const address = output(changed, 'address');
    await eventually('the server to answer', () => cloud.pings(address), 40_000);
    const { servers } = await api.get<Document>('/compute/v2.1/servers');
    assert.equal(servers.length, 2, 'none twice, none lost');
    await api.call('DELETE', stack);
    await kill(100);
    assert.equal((await ended(stack))['stack_status'], 'DELETE_COMPLETE');
    assert.deepEqual(await belongings(), before);
  });

  test('a server tells that it is ready; groups grow and shrink when they are told to', async () => {
    const administrator = await cloud.api();
    const quota = `/compute/v2.1/os-quota-sets/${api.projectId}`;
    await administrator.put(quota, { quota_set: { instances: 30, cores: 30 } });
    const before = await belongings();
    const member = {
      type: 'OS::Nova::Server',
      properties: {
        image: 'busybox',
        flavor: 'm1.nano',
        networks: [{ subnet: { get_resource: 'subnet65' } }],
      },
    };
    const script = [
      '#!/bin/sh',
      `wget -q -O - --header 'X-Auth-Token: TOKEN' --header 'Content-Type: application/json' \\`,
      `  --post-data '{"status": "SUCCESS", "data": "made by hand"}' 'ENDPOINT'`,
    ].join('\n');
    const handle = (attribute: string) => ({ get_attr: ['handle', attribute] });
    const parameters = { TOKEN: handle('token'), ENDPOINT: handle('endpoint') };
    const teller = {
      ...member,
      properties: {
        ...member.properties,
        user_data_format: 'RAW',
        user_data: { str_replace: { template: script, params: parameters } },
      },
    };
    const template = (count: number) => ({
      heat_template_version: '2018-08-31',
      resources: {
        net65: { type: 'OS::Neutron::Net' },
        subnet65: {
          type: 'OS::Neutron::Subnet',
          properties: { network: { get_resource: 'net65' }, cidr: '10.65.0.0/24' },
        },
        handle: { type: 'OS::Heat::WaitConditionHandle' },
        told: {
          type: 'OS::Heat::WaitCondition',
          properties: { handle: { get_resource: 'handle' }, timeout: 90 },
        },
        teller,
        scaled: {
          type: 'OS::Heat::AutoScalingGroup',
          properties: { min_size: 1, max_size: 3, desired_capacity: 1, resource: member },
        },
        more: {
          type: 'OS::Heat::ScalingPolicy',
          properties: {
            auto_scaling_group_id: { get_resource: 'scaled' },
            adjustment_type: 'change_in_capacity',
            scaling_adjustment: 2,
          },
        },
        fewer: {
          type: 'OS::Heat::ScalingPolicy',
          properties: {
            auto_scaling_group_id: { get_resource: 'scaled' },
            adjustment_type: 'exact_capacity',
            scaling_adjustment: 1,
          },
        },
        many: {
          type: 'OS::Heat::ResourceGroup',
          properties: { count, resource_def: member },
        },
      },
      outputs: {
        data: { value: { get_attr: ['told', 'data'] } },
        size: { value: { get_attr: ['scaled', 'current_size'] } },
      },
    });
    const running = async () => {
      const { servers } = await api.get<Document>('/compute/v2.1/servers/detail');
      return servers.filter((one: Document) => one['status'] === 'ACTIVE').length;
    };
    const stack = await begin('crowd', { template: template(20) });
    await sleep(2500);
    process.kill(await cloud.pidOf('control-plane'), 'SIGKILL');
    const made = await ended(stack);
    assert.equal(made['stack_status'], 'CREATE_COMPLETE', made['stack_status_reason']);
    assert.deepEqual(JSON.parse(output(made, 'data')), { 1: 'made by hand' });
    assert.equal(await running(), 22, 'one that tells, one of the scaled, twenty');

    for (const [policy, size] of [
      ['more', 3],
      ['fewer', 1],
    ] as const) {
      const signal = () => api.call('POST', `${stack}/resources/${policy}/signal`, {});
      await signal();
      await eventually(
        `${size} scaled servers`,
        async () => {
          const there = (await running()) === 21 + size;
          if (there && output(await ended(stack), 'size') === size) return true;
          // A group that is not done with the former signal lets the next one pass: it is told again.
          if (policy === 'fewer') await signal();
          return false;
        },
        60_000,
      );
    }
    await api.call('PUT', stack, { template: template(2) });
    const smaller = await ended(stack);
    assert.equal(smaller['stack_status'], 'UPDATE_COMPLETE', smaller['stack_status_reason']);
    assert.equal(await running(), 4);
    await remove(stack);
    assert.deepEqual(await belongings(), before);
  });
});
