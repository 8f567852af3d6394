import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sleep } from '../../../core/time.ts';
import {
  ended,
  startTestOrchestration,
  type Document,
  type TestOrchestration,
} from '../testing.ts';

const template = (resources: object, outputs: object = {}) => ({
  heat_template_version: '2018-08-31',
  resources,
  outputs: Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, { value }])),
});
const test_resource = { type: 'OS::Heat::TestResource', properties: { value: 'x%index%' } };

/** Heat's own types as the engine works with them. */
describe("Heat's own types", () => {
  let lab: TestOrchestration;
  before(async () => {
    lab = await startTestOrchestration([]);
  });
  after(() => lab.stop());
  const outputs = (shown: Document): Document =>
    Object.fromEntries(
      shown['outputs'].map((one: Document) => [one['output_key'], one['output_value']]),
    );
  async function inside(path: string, depth = 1): Promise<Document[]> {
    return (await lab.get(`${path}/resources?nested_depth=${depth}`)).resources;
  }

  test('a group grows and shrinks', async () => {
    const group = (count: number) =>
      template(
        {
          g: {
            type: 'OS::Heat::ResourceGroup',
            properties: { count, resource_def: test_resource },
          },
        },
        { all: { get_attr: ['g', 'output'] }, refs: { get_attr: ['g', 'refs'] } },
      );
    const stack = await lab.create(group(3));
    const shown = await ended(lab, stack);
    assert.equal(shown.stack_status, 'CREATE_COMPLETE', shown.stack_status_reason);
    assert.deepEqual(outputs(shown)['all'], ['x0', 'x1', 'x2']);
    for (const count of [5, 1]) {
      const reply = await lab.ask('PUT', stack.path, { template: group(count) });
      assert.equal(reply.status, 202);
      const changed = await ended(lab, stack);
      assert.equal(changed.stack_status, 'UPDATE_COMPLETE', changed.stack_status_reason);
      assert.equal(outputs(changed)['refs'].length, count);
    }
    await lab.ask('DELETE', stack.path);
    await lab.service.context.engine.idle(stack.id);
  });

  test('auto-scaling by signal, up and down', async () => {
    const policy = (adjustment: number) => ({
      type: 'OS::Heat::ScalingPolicy',
      properties: {
        adjustment_type: 'change_in_capacity',
        auto_scaling_group_id: { get_resource: 'g' },
        scaling_adjustment: adjustment,
        cooldown: 0,
      },
    });
    const stack = await lab.create(
      template(
        {
          g: {
            type: 'OS::Heat::AutoScalingGroup',
            properties: {
              min_size: 1,
              max_size: 4,
              resource: { type: 'OS::Heat::TestResource', properties: { value: 'x' } },
            },
          },
          up: policy(2),
          down: policy(-1),
        },
        { size: { get_attr: ['g', 'current_size'] }, address: { get_attr: ['up', 'signal_url'] } },
      ),
    );
    const shown = await ended(lab, stack);
    assert.equal(shown.stack_status, 'CREATE_COMPLETE', shown.stack_status_reason);
    const size = async () => (await inside(stack.path)).length - 3;
    assert.equal(await size(), 1);
    for (const [name, wanted] of [
      ['up', 3],
      ['up', 4],
      ['down', 3],
    ] as const) {
      const reply = await lab.ask('POST', `${stack.path}/resources/${name}/signal`, {});
      assert.equal(reply.status, 200, JSON.stringify(reply.body));
      for (let time = 0; time < 400 && (await size()) !== wanted; time++) await sleep(10);
      assert.equal(await size(), wanted);
      await sleep(50);
    }
    await lab.ask('DELETE', stack.path);
    await lab.service.context.engine.idle(stack.id);
  });

  test('a wait condition is signalled by its address and by its token', async () => {
    for (const kind of ['CFN_SIGNAL', 'TOKEN_SIGNAL'] as const) {
      const signed = kind === 'CFN_SIGNAL';
      const handle = { get_resource: 'handle' };
      const stack = await lab.create(
        template(
          signed
            ? {
                handle: { type: 'AWS::CloudFormation::WaitConditionHandle' },
                done: {
                  type: 'AWS::CloudFormation::WaitCondition',
                  properties: { Handle: handle, Timeout: 60, Count: 1 },
                },
              }
            : {
                handle: {
                  type: 'OS::Heat::WaitConditionHandle',
                  properties: { signal_transport: kind },
                },
                done: {
                  type: 'OS::Heat::WaitCondition',
                  properties: { handle, timeout: 60, count: 1 },
                },
              },
          {
            data: { get_attr: ['done', signed ? 'Data' : 'data'] },
            address: { get_resource: 'handle' },
            ...(signed
              ? {}
              : {
                  endpoint: { get_attr: ['handle', 'endpoint'] },
                  token: { get_attr: ['handle', 'token'] },
                }),
          },
        ),
      );
      let found: Document = {};
      for (let time = 0; time < 300; time++) {
        found = outputs((await lab.get(stack.path)).stack);
        if (String(found[signed ? 'address' : 'endpoint']).startsWith('http')) break;
        await sleep(10);
      }
      const body = signed
        ? { Status: 'SUCCESS', UniqueId: '1', Reason: 'fine', Data: 'hello' }
        : { status: 'SUCCESS', id: '1', reason: 'fine', data: 'hello' };
      const address = String(found[signed ? 'address' : 'endpoint']);
      const method = signed ? 'PUT' : 'POST';
      const token = signed ? undefined : String(found['token']);
      const wrong = signed ? `${address}x` : address;
      const refused = await lab.outside(method, wrong, body, token && `${token}x`);
      assert.ok([401, 403].includes(refused.status), JSON.stringify(refused.body));
      const reply = await lab.outside(method, address, body, token);
      assert.equal(reply.status, 200, `${address}: ${JSON.stringify(reply.body)}`);
      const end = await ended(lab, stack);
      assert.equal(end.stack_status, 'CREATE_COMPLETE', `${kind} ${end.stack_status_reason}`);
      assert.match(String(outputs(end)['data']), /hello/);
      await lab.ask('DELETE', stack.path);
      await lab.service.context.engine.idle(stack.id);
    }
  });

  test('a stack in a stack, asked for its outputs', async () => {
    const inner = JSON.stringify(
      template(
        { v: { type: 'OS::Heat::Value', properties: { value: 'deep' } } },
        {
          text: { get_attr: ['v', 'value'] },
        },
      ),
    );
    const stack = await lab.create(
      template(
        { s: { type: 'OS::Heat::Stack', properties: { template: inner } } },
        { text: { get_attr: ['s', 'outputs', 'text'] } },
      ),
    );
    const shown = await ended(lab, stack);
    assert.equal(shown.stack_status, 'CREATE_COMPLETE', shown.stack_status_reason);
    assert.equal(outputs(shown)['text'], 'deep');
  });
});
