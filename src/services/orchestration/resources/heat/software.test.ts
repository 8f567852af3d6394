import assert from 'node:assert/strict';
import test from 'node:test';
import { outcomeOf } from '../../software_deployments/outcome.ts';
import type { ValueMap } from '../../language/index.ts';
import { ReplacementNeeded, ResourceFailure } from '../type.ts';
import { withInputs } from './derived-config.ts';
import { multipartMime } from './multipart-mime.ts';
import { softwareConfig } from './software-config.ts';
import { softwareDeployment, structuredDeployment } from './software-deployment.ts';
import { FakeResource, softwareApi } from './testing.ts';
import { cfnWaitCondition, waitCondition } from './wait-condition.ts';
import { cfnWaitConditionHandle, waitConditionHandle } from './wait-condition-handle.ts';

type Api = ReturnType<typeof softwareApi>;

async function deployed(
  api: Api,
  config: ValueMap,
  more: ValueMap = {},
): Promise<{ source: FakeResource; deployment: FakeResource }> {
  const source = new FakeResource(softwareConfig, config);
  source.answer = api.answer;
  await source.create();
  const deployment = new FakeResource(softwareDeployment, {
    config: source.physicalId,
    server: 'server',
    ...more,
  });
  deployment.answer = api.answer;
  await deployment.create();
  return { source, deployment };
}

test('a configuration is stored once however often the step is repeated', async () => {
  const api = softwareApi();
  const resource = new FakeResource(softwareConfig, { group: 'script', config: 'echo' });
  resource.answer = api.answer;
  await resource.create();
  resource.physicalId = null;
  await resource.create();
  assert.equal(api.configs.size, 1);
  assert.equal(resource.physicalId, resource.intendedId);
  assert.equal(await resource.attribute('config'), 'echo');
  const mime = new FakeResource(multipartMime, { parts: [{ config: resource.physicalId }] });
  mime.answer = api.answer;
  await mime.create();
  assert.match(String(await mime.attribute('config')), /\n\necho\n--/);
  await softwareConfig.delete!(resource.step());
  await softwareConfig.delete!(resource.step());
  assert.equal(api.configs.size, 1);
});

test('a deployment gives a server its configuration with inputs, and waits for the outcome', async () => {
  const api = softwareApi();
  const { deployment } = await deployed(
    api,
    {
      group: 'script',
      config: 'echo $who',
      inputs: [
        { name: 'who', type: 'String' },
        { name: 'other', default: 'x' },
      ],
      outputs: [{ name: 'result' }, { name: 'trouble', error_output: true }],
    },
    { input_values: { who: 'me', further: 1 } },
  );
  const stored = (): ValueMap => api.deployments.get(deployment.intendedId)!;
  const derived = api.configs.get(String(stored()['config_id']))!;
  const inputs = new Map(
    (derived['inputs'] as ValueMap[]).map((one) => [one['name'], one['value']]),
  );
  assert.equal(inputs.get('who'), 'me');
  assert.equal(inputs.get('other'), 'x');
  assert.equal(inputs.get('further'), 1);
  assert.equal(inputs.get('deploy_server_id'), 'server');
  assert.equal(inputs.get('deploy_action'), 'CREATE');
  assert.equal(stored()['status'], 'IN_PROGRESS');
  assert.equal(await softwareDeployment.isCreated!(deployment.step()), false);
  await deployment.create();
  assert.equal(api.deployments.size, 1, 'a repeated step makes nothing twice');
  assert.equal(api.configs.size, 2);
  assert.match(
    await softwareDeployment.signal!(deployment.step(), {
      deploy_status_code: 0,
      result: { a: 7 },
    }),
    /succeeded/,
  );
  assert.equal(await softwareDeployment.isCreated!(deployment.step()), true);
  assert.equal(await deployment.attribute('result', 'a'), 7);
  assert.equal(await deployment.attribute('trouble'), null);
  await assert.rejects(async () => deployment.attribute('nonsense'), /is incorrect/);
  assert.equal(await softwareDeployment.signal!(deployment.step(), {}), '', 'it is over');
  await deployment.update({ ...deployment.properties, input_values: { who: 'you' } });
  assert.equal(stored()['action'], 'UPDATE');
  assert.equal(stored()['status'], 'IN_PROGRESS');
  assert.equal(api.configs.size, 2, 'the former configuration is gone');
  await softwareDeployment.signal!(deployment.step(), { deploy_status_code: 3 });
  await assert.rejects(
    async () =>
      softwareDeployment.isUpdated!({ ...deployment.step(), former: {}, changed: new Set() }),
    (error: Error) => {
      assert.ok(error instanceof ResourceFailure);
      assert.match(error.message, /non-zero status code: 3/);
      return true;
    },
  );
  await softwareDeployment.delete!(deployment.step());
  assert.equal(await softwareDeployment.isDeleted!(deployment.step()), true);
  assert.equal(api.deployments.size, 0);
  assert.equal(api.configs.size, 1);
});

test('actions that do not concern a deployment, and inputs that ask for a new one', async () => {
  const api = softwareApi();
  const { deployment } = await deployed(
    api,
    { inputs: [{ name: 'a', replace_on_change: true }] },
    { actions: ['DELETE'], input_values: { a: 1 } },
  );
  assert.equal(api.deployments.size, 0);
  assert.equal(await softwareDeployment.isCreated!(deployment.step()), true);
  await assert.rejects(
    async () => deployment.update({ ...deployment.properties, input_values: { a: 2 } }),
    ReplacementNeeded,
  );
  assert.throws(
    () => softwareDeployment.validate!({ signal_transport: 'ZAQAR_SIGNAL' }),
    /queue service/,
  );
});

test('a structured deployment puts its inputs in the map', async () => {
  const values = new Map([['a', 1]]);
  const map = { x: [{ get_input: 'a' }], y: { get_input: 'a', z: 1 }, n: { get_input: 'b' } };
  assert.deepEqual(withInputs(map, 'get_input', values, false), {
    x: [1],
    y: { get_input: 'a', z: 1 },
    n: null,
  });
  assert.throws(() => withInputs(map, 'get_input', values, true), /"b" was given no value/);
  assert.ok(structuredDeployment.properties['input_key']);
});

test('an outcome: exit codes and outputs that stand for errors', () => {
  const outputs: ValueMap[] = [{ name: 'bad', error_output: true }, { name: 'good' }];
  const good = outcomeOf('id', outputs, {}, { good: 'g', deploy_stdout: 'o' });
  assert.equal(good.status, 'COMPLETE');
  assert.deepEqual(good.outputs, {
    good: 'g',
    deploy_stdout: 'o',
    deploy_stderr: null,
    deploy_status_code: null,
  });
  const bad = outcomeOf('id', outputs, {}, { bad: 'b', deploy_status_code: '1' });
  assert.equal(bad.status, 'FAILED');
  assert.match(bad.reason, /^deploy_status_code : .*: 1, bad : b$/);
  assert.equal(outcomeOf('id', [], {}, { deploy_status_code: '0' }).status, 'COMPLETE');
});

test('a wait condition waits for its handle to be signalled often enough', async () => {
  const handle = new FakeResource(waitConditionHandle, {}, 'handle');
  await handle.create();
  assert.match(
    String(await handle.attribute('curl_cli')),
    /^curl -i -X POST -H 'X-Auth-Token: token'/,
  );
  const condition = new FakeResource(waitCondition, {
    handle: handle.physicalId,
    timeout: 60,
    count: 2,
  });
  condition.answer = (_, path) =>
    path.endsWith('/metadata')
      ? { metadata: handle.metadata }
      : { resources: [{ resource_name: 'handle', physical_resource_id: handle.physicalId }] };
  await condition.create();
  const isCreated = async (): Promise<boolean> => waitCondition.isCreated!(condition.step());
  const signal = async (details: ValueMap | null): Promise<string> =>
    waitConditionHandle.signal!(handle.step(), details);
  assert.equal(await isCreated(), false);
  assert.equal(await signal(null), 'status:SUCCESS reason:Signal 1 received');
  assert.equal(await isCreated(), false);
  await signal({ id: 'mine', data: 'd', status: 'SUCCESS' });
  assert.equal(await isCreated(), true);
  assert.deepEqual(JSON.parse(String(await condition.attribute('data'))), { 1: null, mine: 'd' });
  await assert.rejects(async () => signal({ status: 'MAYBE' }), /Metadata format invalid/);
  await assert.rejects(async () => signal({ other: 1 }), /Metadata format invalid/);
  await signal({ status: 'FAILURE', reason: 'bang' });
  await condition.create();
  await assert.rejects(isCreated, /bang/);
});

test("CloudFormation's wait condition knows its handle by its signed address, and times out", async () => {
  const handle = new FakeResource(cfnWaitConditionHandle, {}, 'the handle');
  await handle.create();
  const condition = new FakeResource(cfnWaitCondition, {
    Handle: 'http://cloud/v1/waitcondition/stack-id/the%20handle?Signature=s',
    Timeout: 1,
  });
  condition.answer = (_, path) =>
    path.endsWith('/metadata')
      ? { metadata: handle.metadata }
      : { resources: [{ resource_name: 'the handle', physical_resource_id: 'x' }] };
  await condition.create();
  condition.data = { ...condition.data, since: String(Date.now() - 5000) };
  await assert.rejects(
    async () => cfnWaitCondition.isCreated!(condition.step()),
    /0 of 1 received/,
  );
  await assert.rejects(
    async () => cfnWaitConditionHandle.signal!(handle.step(), { Status: 'SUCCESS' }),
    /Metadata format invalid/,
  );
  await cfnWaitConditionHandle.signal!(handle.step(), {
    Status: 'SUCCESS',
    UniqueId: 'a',
    Data: 'd',
    Reason: 'r',
  });
  assert.deepEqual(handle.metadata, { a: { Status: 'SUCCESS', Data: 'd', Reason: 'r' } });
});
