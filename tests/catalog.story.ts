import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ApiClient } from './support/api.ts';
import { TestCloud } from './support/cloud.ts';
import { eventually } from './support/command.ts';

const catalog = (file: string): string => path.resolve(import.meta.dirname, '../catalog', file);

// oxlint-disable-next-line typescript/no-explicit-any -- documents of many shapes
type Document = Record<string, any>;

/** The templates of `catalog/` on a new cloud, by the unmodified client. */
describe('the catalog', { timeout: 600_000 }, () => {
  let cloud: TestCloud;
  let api: ApiClient;

  before(async () => {
    cloud = await TestCloud.start('catalog');
    api = await cloud.api();
  });
  after(async () => {
    await cloud?.destroy();
  });

  /** Stacks by the client; what came of them is asked for faster. */
  const stack = (...args: string[]) => cloud.openstack(['stack', ...args]);
  const shown = async (name: string): Promise<Document> => {
    const root = `/orchestration/v1/${api.projectId}/stacks`;
    const { stacks } = await api.get<Document>(root);
    const { id } = stacks.find((one: Document) => one['stack_name'] === name);
    const at = `${root}/${name}/${id}`;
    return { ...(await api.get<Document>(at))['stack'], at };
  };
  const output = async (name: string, key: string): Promise<string> =>
    (await shown(name))['outputs'].find((one: Document) => one['output_key'] === key).output_value;
  const server = async (): Promise<string> => {
    const { at } = await shown('first');
    return (await api.get<Document>(`${at}/resources/server`))['resource'].physical_resource_id;
  };
  /** Waits until the server has told its greeting. */
  const greets = async (id: string, words: string): Promise<void> => {
    await eventually(`"${words}" in the log of ${id}`, async () => {
      const body = { 'os-getConsoleOutput': {} };
      const answer = await api.call('POST', `/compute/v2.1/servers/${id}/action`, body);
      return String(answer.body['output']).includes(words);
    });
  };

  test('a network with a server whose user data speaks', async () => {
    const template = catalog('network-and-server/network-and-server.yaml');
    await stack('create', '-t', template, '--wait', 'first');
    const address = await output('first', 'address');
    assert.match(address, /^192\.168\.77\.\d+$/);
    const former = await server();
    await greets(former, 'Hello from the first stack');
    // Other user data is another server; it takes over the port, and so the address.
    const parameter = ['--parameter', 'greeting=Hello again'];
    await stack('update', '--existing', ...parameter, '--wait', 'first');
    const present = await server();
    assert.notEqual(present, former);
    await greets(present, 'Hello again');
    assert.equal(await output('first', 'address'), address);
  });

  test('a network from a file of parameters', async () => {
    const [template, parameters] = ['tenant-network.yaml', 'parameters.yaml'].map((file) =>
      catalog(`tenant-network/${file}`),
    );
    await stack('create', '-t', template!, '-e', parameters!, '--wait', 'tenant');
    assert.equal(await output('tenant', 'gateway'), '10.20.30.1');
    const { subnets } = await api.get<Document>('/network/v2.0/subnets?name=tenant-subnet');
    const [{ cidr, gateway_ip: gateway }] = subnets;
    assert.deepEqual([cidr, gateway], ['10.20.30.0/24', '10.20.30.1']);
    assert.ok(await cloud.pings(await output('tenant', 'outside')), 'the router answers');
  });

  test('deleting them leaves nothing', async () => {
    await stack('delete', '--yes', '--wait', 'first', 'tenant');
    const left = await Promise.all(
      ['networks?router:external=false', 'ports', 'routers'].map((list) =>
        api.get<Document>(`/network/v2.0/${list}`),
      ),
    );
    assert.deepEqual(
      left.flatMap((list) => Object.values(list).flat()),
      [],
    );
    assert.deepEqual(await api.get('/compute/v2.1/servers'), { servers: [] });
  });
});
