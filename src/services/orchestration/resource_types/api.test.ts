import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseTemplate } from '../language/index.ts';
import { heatTypes } from '../resources/heat/index.ts';
import { serviceOperations } from '../services/api.ts';
import { startTestOperations, type TestOperations } from '../software_configs/testing.ts';
import { templateVersionOperations } from '../template_versions/api.ts';
import { DESCRIPTIONS } from '../template_versions/descriptions.ts';
import { resourceTypeOperations } from './api.ts';

describe('what there is', () => {
  let room: TestOperations;
  before(async () => {
    room = await startTestOperations(() => [
      ...resourceTypeOperations({
        all: () => heatTypes,
        find: (name) => heatTypes.find((one) => one.name === name),
        near: () => '',
      }),
      ...templateVersionOperations(),
      ...serviceOperations('engine', new Date(), '1.0'),
    ]);
  });
  after(() => room.stop());

  const names = async (query = ''): Promise<string[]> =>
    (await room.ask('GET', `/resource_types${query}`)).body['resource_types'];

  test('types are listed by name, release, status; hidden ones are not', async () => {
    const all = await names();
    assert.ok(all.includes('OS::Heat::RandomString'));
    assert.ok(!all.includes('OS::Heat::HARestarter'));
    assert.deepEqual(await names('?name=OS::Heat::Wait'), [
      'OS::Heat::WaitCondition',
      'OS::Heat::WaitConditionHandle',
    ]);
    assert.deepEqual(await names('?name=Heat'), [], 'a name is matched from its beginning');
    assert.deepEqual(await names('?name=.*Chain$'), ['OS::Heat::ResourceChain']);
    assert.deepEqual(await names('?name=('), []);
    assert.deepEqual(await names('?version=11.0.0'), ['OS::Heat::Delay']);
    assert.deepEqual(await names('?support_status=DEPRECATED'), []);
    assert.equal((await room.ask('GET', '/resource_types?support_status=GOOD')).status, 400);
    const [first] = (await room.ask('GET', '/resource_types?with_description=true')).body[
      'resource_types'
    ];
    assert.ok(first.resource_type && first.description);
  });

  test('a type is shown with its properties and attributes', async () => {
    const { body } = await room.ask('GET', '/resource_types/OS::Heat::RandomString');
    assert.deepEqual(body['properties'].length, {
      type: 'integer',
      description: 'How many characters it has.',
      required: false,
      update_allowed: false,
      immutable: false,
      default: 32,
      constraints: [{ range: { min: 1, max: 512 } }],
    });
    assert.equal(body['properties'].sequence, undefined, 'it is hidden');
    assert.equal(body['properties'].character_classes.schema['*'].schema.min.default, 1);
    assert.equal(body['attributes'].value.type, 'string');
    assert.ok(body['attributes'].show);
    assert.equal(body['support_status'].status, 'SUPPORTED');
    assert.equal(body['description'], undefined);
    assert.equal((await room.ask('GET', '/resource_types/OS::Heat::Nothing')).status, 404);
    const hidden = await room.ask('GET', '/resource_types/OS::Heat::HARestarter');
    assert.equal(hidden.body['error'].type, 'NotSupported');
  });

  test('templates of all types are templates', async () => {
    for (const name of await names()) {
      const hot = await room.ask('GET', `/resource_types/${name}/template?template_type=hot`);
      const template = parseTemplate(JSON.stringify(hot.body));
      assert.equal([...template.resources.values()][0]?.type, name);
      const cfn = await room.ask('GET', `/resource_types/${name}/template`);
      assert.ok(parseTemplate(JSON.stringify(cfn.body)).outputs.size > 0, name);
    }
    const bad = await room.ask('GET', '/resource_types/OS::Heat::Value/template?template_type=x');
    assert.equal(bad.status, 400);
  });

  test('versions and their functions', async () => {
    const versions = (await room.ask('GET', '/template_versions')).body['template_versions'];
    assert.equal(versions.length, 13);
    assert.deepEqual(versions.at(-1), {
      version: 'heat_template_version.2021-04-16',
      type: 'hot',
      aliases: ['heat_template_version.wallaby'],
    });
    const functions = async (name: string, query = ''): Promise<string[]> =>
      (await room.ask('GET', `/template_versions/${name}/functions${query}`)).body[
        'template_functions'
      ].map((one: { functions: string }) => one.functions);
    const rocky = await functions('heat_template_version.rocky');
    assert.ok(rocky.includes('if') && !rocky.includes('equals') && !rocky.includes('Ref'));
    const more = await functions('heat_template_version.2018-08-31', '?with_condition_func=true');
    assert.ok(more.includes('equals'));
    for (const { version } of versions) {
      for (const name of await functions(version, '?with_condition_func=1')) {
        assert.ok(DESCRIPTIONS[name], name);
      }
    }
    assert.equal((await room.ask('GET', '/template_versions/x/functions')).status, 404);
  });

  test('one engine, for administrators; a version, for all', async () => {
    assert.equal((await room.ask('GET', '/services')).status, 403);
    const { body } = await room.ask('GET', '/services', undefined, 'p:admin,member,reader');
    assert.equal(body['services'][0].status, 'up');
    assert.deepEqual((await room.ask('GET', '/build_info')).body, {
      api: { revision: '1.0' },
      engine: { revision: '1.0' },
    });
    const other = await room.ask('GET', '/../other/build_info');
    assert.equal(other.status, 403);
  });
});
