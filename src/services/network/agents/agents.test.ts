import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  connect,
  insert,
  named,
  update,
  type OvsdbClient,
  type TablesOf,
} from '../../../ovn/index.ts';
import { startOvsdbServer, type TestOvsdbServer } from '../../../ovn/testing.ts';
import type { Operation } from '../../operation.ts';
import { refuses, testCaller, type Document } from '../testing.ts';
import { agentOperations } from './api.ts';

let server: TestOvsdbServer;
let southbound: OvsdbClient<TablesOf<'OVN_Southbound'>>;
let operations: Operation[];
before(async () => {
  server = await startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-sb.ovsschema' });
  southbound = connect({
    database: 'OVN_Southbound',
    remotes: server.remote,
    monitor: ['SB_Global', 'Chassis', 'Chassis_Private'],
  });
  await southbound.ready();
  operations = agentOperations({
    southbound,
    metadataHosts: () => [{ name: 'one', seenAt: new Date() }],
  });
});
after(async () => {
  await southbound.close();
  await server.stop();
});

const call = async (name: string, request: object = {}): Promise<Document> => {
  const found = operations.find((candidate) => candidate.name === name)!;
  const full = { caller: testCaller(true), params: {}, query: {}, headers: {}, ...request };
  return ((await found.handle(full as never)).body ?? {}) as Document;
};

async function chassis(name: string, counted: number, seen: number, options = ''): Promise<void> {
  await southbound.transact([
    insert('Encap', { type: 'geneve', ip: `encap of ${name}`, chassis_name: name }, `e_${name}`),
    insert('Chassis', {
      name,
      hostname: name,
      encaps: [named(`e_${name}`)],
      other_config: { 'ovn-cms-options': options },
    }),
    insert('Chassis_Private', { name, nb_cfg: counted, nb_cfg_timestamp: seen }),
  ]);
}

test('others than administrators see an empty list of agents', async () => {
  const { agents } = await call('get_agents', { caller: testCaller() });
  assert.deepEqual(agents, []);
});

test('chassis are agents: kinds, heartbeats, filters, descriptions, deletion of dead ones only', async () => {
  await southbound.transact([insert('SB_Global', { nb_cfg: 5 })]);
  await chassis(
    'one',
    4,
    Date.now() - 40_000,
    'x,enable-chassis-as-gw,availability-zones=east:west',
  );
  await chassis('two', 4, Date.now() - 80_000);
  await chassis('three', 5, Date.now() - 80_000);

  const { agents } = await call('get_agents');
  assert.deepEqual(
    agents.map((agent: Document) => [agent['host'], agent['agent_type'], agent['alive']]),
    [
      ['one', 'OVN Metadata agent', true],
      ['one', 'OVN Controller Gateway agent', true],
      // It answered all it was asked.
      ['three', 'OVN Controller agent', true],
      ['two', 'OVN Controller agent', false],
    ],
  );
  assert.deepEqual(
    agents.map((agent: Document) => agent['availability_zone']),
    ['east, west', 'east, west', 'nova', 'nova'],
  );
  const dead = await call('get_agents', { query: { alive: ['False'], fields: ['id', 'host'] } });
  assert.deepEqual(dead['agents'], [{ id: 'two', host: 'two' }]);
  await refuses(
    'HTTPBadRequest',
    /'colour' is invalid/,
    call('get_agents', { query: { colour: ['red'] } }),
  );

  const metadata = agents[0].id as string;
  for (const agent_id of [metadata, 'one']) {
    const body = { agent: { description: `says ${agent_id}` } };
    const { agent } = await call('update_agent', { params: { agent_id }, body });
    assert.equal(agent.description, `says ${agent_id}`);
  }
  const kept = await call('get_agent', { params: { agent_id: metadata } });
  assert.equal(kept['agent'].description, `says ${metadata}`);
  await refuses(
    'BadRequest',
    /status cannot be updated/,
    call('update_agent', {
      params: { agent_id: 'one' },
      body: { agent: { admin_state_up: false } },
    }),
  );
  await refuses('BadRequest', /alive/, call('delete_agent', { params: { agent_id: 'one' } }));
  await call('delete_agent', { params: { agent_id: 'two' } });
  await refuses('AgentNotFound', /two/, call('get_agent', { params: { agent_id: 'two' } }));

  await southbound.transact([update('SB_Global', [], { nb_cfg: 6 })]);
  const { agent } = await call('get_agent', { params: { agent_id: 'three' } });
  assert.equal(agent.alive, false);
});
