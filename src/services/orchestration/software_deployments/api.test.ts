import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { softwareConfigOperations } from '../software_configs/api.ts';
import { startTestOperations, type TestOperations } from '../software_configs/testing.ts';
import { softwareDeploymentOperations } from './api.ts';
import { SoftwareDeployments } from './model.ts';

describe('configurations and deployments', () => {
  let room: TestOperations;
  let looks = 0;
  before(async () => {
    room = await startTestOperations((database) => [
      ...softwareConfigOperations(database),
      ...softwareDeploymentOperations(database, {
        concerns: async (_, server) => server === 'container',
        look: () => void looks++,
      }),
    ]);
  });
  after(() => room.stop());

  const config = async (body: object): Promise<string> => {
    const reply = await room.ask('POST', '/software_configs', body);
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body['software_config'].id;
  };

  test('a configuration is what was given, in the form of the API', async () => {
    const id = await config({
      name: 'one',
      group: 'script',
      config: '#!/bin/sh\n',
      inputs: [{ name: 'a', default: 5 }],
      outputs: [{ name: 'b', error_output: true }],
      options: { x: 1 },
    });
    const shown = await room.ask('GET', `/software_configs/${id}`);
    const { creation_time: created, ...rest } = shown.body['software_config'];
    assert.match(created, /^\d{4}-.*Z$/);
    assert.deepEqual(rest, {
      id,
      name: 'one',
      group: 'script',
      config: '#!/bin/sh\n',
      inputs: [{ name: 'a', default: 5, type: 'String' }],
      outputs: [{ name: 'b', error_output: true, type: 'String' }],
      options: { x: 1 },
    });
    const second = await config({ config: { map: [1] } });
    assert.deepEqual(
      (await room.ask('GET', `/software_configs/${second}`)).body['software_config'].config,
      { map: [1] },
    );
    const list = await room.ask('GET', '/software_configs?limit=1');
    assert.deepEqual(
      list.body['software_configs'].map((one: { id: string }) => one.id),
      [second],
    );
    const next = await room.ask('GET', `/software_configs?limit=5&marker=${second}`);
    assert.equal(next.body['software_configs'][0].id, id);
    assert.equal((await room.ask('GET', '/software_configs?limit=x')).status, 400);
    const other = await room.ask('GET', `/software_configs/${id}`, undefined, 'q:member,reader');
    assert.equal(other.status, 404);
    assert.equal(other.body['error'].type, 'NotFound');
    const global = await room.ask(
      'GET',
      '/software_configs?global_tenant=True',
      undefined,
      'q:admin,member,reader',
    );
    assert.equal(global.body['software_configs'].length, 2);
  });

  test('inputs and outputs that are none are refused', async () => {
    for (const body of [
      { inputs: { a: 1 } },
      { inputs: ['a'] },
      { inputs: [{ type: 'String' }] },
      { inputs: [{ name: 'a', type: 'Text' }] },
      { outputs: [{ name: 'a', value: 1 }] },
      { outputs: [{ name: 'a', error_output: 'yes' }] },
    ]) {
      const reply = await room.ask('POST', '/software_configs', body);
      assert.equal(reply.status, 400, JSON.stringify(body));
    }
    const reader = await room.ask('POST', '/software_configs', {}, 'p:reader');
    assert.equal(reader.status, 403);
  });

  test('a deployment for a container has a run for each configuration, and no other has', async () => {
    const deployments = new SoftwareDeployments(room.database);
    const id = await config({ name: 'a', group: 'script', config: 'x' });
    const later = await config({ name: 'b', group: 'script', config: 'y' });
    const made = await room.ask('POST', '/software_deployments', {
      server_id: 'container',
      config_id: id,
      action: 'CREATE',
      status: 'IN_PROGRESS',
      input_values: { i: 1 },
    });
    const { id: deployment, ...rest } = made.body['software_deployment'];
    assert.equal(rest.status, 'IN_PROGRESS');
    assert.equal(rest.output_values, null);
    assert.deepEqual(rest.input_values, { i: 1 });
    assert.equal(looks, 1);
    const run = async (): Promise<unknown> => (await deployments.find(deployment, 'p'))?.run_id;
    const first = await run();
    assert.ok(first);
    await room.ask('PUT', `/software_deployments/${deployment}`, {
      status: 'COMPLETE',
      output_values: { out: 'x' },
    });
    assert.equal(await run(), first, 'telling the outcome begins nothing');
    await room.ask('PUT', `/software_deployments/${deployment}`, { config_id: id });
    assert.equal(await run(), first, 'nor does naming the same configuration');
    await room.ask('PUT', `/software_deployments/${deployment}`, { config_id: later });
    assert.notEqual(await run(), first);
    assert.equal((await room.ask('DELETE', `/software_configs/${later}`)).status, 409);
    await room.ask('POST', '/software_deployments', {
      server_id: 'container',
      config_id: id,
      action: 'CREATE',
    });
    const metadata = await room.ask('GET', '/software_deployments/metadata/container');
    assert.deepEqual(
      metadata.body['metadata'].map((one: { name: string }) => one.name),
      ['a', 'b'],
    );
    const machine = await room.ask('POST', '/software_deployments', {
      server_id: 'machine',
      config_id: id,
      action: 'CREATE',
    });
    const found = await deployments.find(machine.body['software_deployment'].id, 'p');
    assert.equal(found?.run_state, null);
    const listed = await room.ask('GET', '/software_deployments?server_id=machine');
    assert.equal(listed.body['software_deployments'].length, 1);
    assert.equal((await room.ask('DELETE', `/software_deployments/${deployment}`)).status, 204);
    assert.equal((await room.ask('GET', `/software_deployments/${deployment}`)).status, 404);
    assert.equal((await room.ask('DELETE', `/software_configs/${later}`)).status, 204);
    const bad = await room.ask('POST', '/software_deployments', {
      server_id: 'machine',
      config_id: later,
    });
    assert.equal(bad.status, 404);
    assert.equal((await room.ask('GET', '/software_deployments/nonsense')).status, 404);
  });
});
