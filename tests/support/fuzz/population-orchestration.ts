import assert from 'node:assert/strict';
import { newUuid } from '../../../src/core/ids.ts';
import { sleep } from '../../../src/core/time.ts';
import type { Ids } from './examples.ts';
import type { Document, Post } from './population-network.ts';
import type { FuzzRoom } from './room.ts';

/** A project's stack with events and a snapshot, a software configuration and a deployment of it. */
export async function populateOrchestration(
  name: string,
  project: string,
  token: string,
  room: FuzzRoom,
  post: Post,
): Promise<Ids> {
  const root = `/orchestration/v1/${project}`;
  const get = async (path: string): Promise<Document> =>
    (await room.app.inject({ url: root + path, headers: { 'x-auth-token': token } })).json();
  const stack_name = `${name}.stack`;
  const { document: begun } = await post(token, `${root}/stacks`, {
    stack_name,
    template: {
      heat_template_version: '2018-08-31',
      resources: { one: { type: 'OS::Heat::TestResource', properties: { value: 'x' } } },
      outputs: { text: { value: { get_attr: ['one', 'output'] } } },
    },
  });
  const stack_id = begun['stack'].id as string;
  const stack = `/stacks/${stack_name}/${stack_id}`;
  for (let attempt = 0; attempt < 1000; attempt++) {
    const shown = await get(stack);
    if (shown['stack'].stack_status === 'CREATE_COMPLETE') break;
    await sleep(10);
  }
  const { events } = await get(`${stack}/resources/one/events`);
  assert.ok(events.length > 0, 'the stack has no events');
  const { document: snapshot } = await post(token, `${root}${stack}/snapshots`, { name });
  const { document: config } = await post(token, `${root}/software_configs`, {
    name,
    group: 'script',
    config: 'echo',
  });
  const config_id = config['software_config'].id as string;
  const { document: deployment } = await post(token, `${root}/software_deployments`, {
    server_id: newUuid(),
    config_id,
  });
  return {
    stack_name,
    stack_id,
    resource_name: 'one',
    output_key: 'text',
    event_id: events[0].id,
    snapshot_id: snapshot['id'],
    config_id,
    deployment_id: deployment['software_deployment'].id,
    type_name: 'OS::Heat::Value',
    template_version: 'heat_template_version.2018-08-31',
  };
}
