import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import type { Logger } from '../../../core/log.ts';
import { startTestNetworkService, type TestNetworkService } from '../../network/testing.ts';
import { orchestrationOptions } from '../options.ts';
import {
  ended,
  startTestOrchestration,
  type Document,
  type TestOrchestration,
} from '../testing.ts';
import { loadTypes } from './load.ts';

const NAME = 'ovenbird-labels';
const home = mkdtempSync(path.join(tmpdir(), 'ovb-types-'));
const log = pino({ level: 'silent' }) as Logger;
let network: TestNetworkService;
let lab: TestOrchestration;

/** The package on the documentation's page, as a person would install it. */
function installed(): void {
  const page = new URL('../../../../docs/resource-types.md', import.meta.url);
  const code = /```js\n(.*?)```/s.exec(readFileSync(page, 'utf8'))![1]!;
  const folder = path.join(home, 'drivers', 'node_modules', NAME);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'index.js'), code);
  const manifest = { name: NAME, version: '1.0.0', type: 'module', main: 'index.js' };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
}

before(async () => {
  installed();
  network = await startTestNetworkService();
  const types = await loadTypes([NAME], home, log);
  lab = await startTestOrchestration(types, {}, [network.service]);
});

after(async () => {
  await lab?.stop();
  await network?.stop();
  rmSync(home, { recursive: true, force: true });
});

test('a type from outside works as those that are here do', async () => {
  const template = (text: string, where: unknown = { get_resource: 'net' }) => ({
    heat_template_version: '2018-08-31',
    resources: {
      net: { type: 'OS::Neutron::Net', properties: { name: 'labelled' } },
      other: { type: 'OS::Neutron::Net', properties: { name: 'other' } },
      label: { type: 'Example::Network::Label', properties: { network: where, text } },
    },
    outputs: { labels: { value: { get_attr: ['label', 'all'] } } },
  });
  const stack = await lab.create(template('green'));
  const labels = async (): Promise<unknown> => {
    const shown = await ended(lab, stack);
    assert.match(shown['stack_status'], /^(CREATE|UPDATE)_COMPLETE$/, shown['stack_status_reason']);
    return shown['outputs'][0].output_value;
  };
  const id = async (): Promise<string> =>
    (await lab.get(`${stack.path}/resources/label`))['resource'].physical_resource_id;
  const update = async (to: object): Promise<unknown> => {
    const reply = await lab.ask('PUT', stack.path, { template: to });
    assert.equal(reply.status, 202, JSON.stringify(reply.body));
    return labels();
  };
  assert.deepEqual(await labels(), ['green']);
  const first = await id();
  assert.deepEqual(await update(template('red')), ['red']);
  assert.equal(await id(), first, 'in place');
  assert.deepEqual(await update(template('red', 'other')), ['red']);
  assert.notEqual(await id(), first, 'on another network hangs another label');
  const schema = await lab.get('/resource_types/Example::Network::Label');
  assert.equal(schema['properties'].text.update_allowed, true);

  // What `check` finds wrong is told with the package's own words.
  const { resource } = await lab.get(`${stack.path}/resources/other`);
  const tags = `/network/v2.0/networks/${resource.physical_resource_id}/tags`;
  const { status } = await lab.outside('DELETE', `http://test${tags}`, {}, lab.caller.userId);
  assert.equal(status, 204);
  await lab.ask('POST', `${stack.path}/actions`, { check: null });
  const checked = await ended(lab, stack);
  assert.equal(checked['stack_status'], 'CHECK_FAILED');
  assert.match(checked['stack_status_reason'], /the label "red" was taken off/);

  await lab.ask('DELETE', stack.path);
  await lab.service.context.engine.idle(stack.id);
  const { stack: gone } = await lab.get(`/stacks/${stack.name}/${stack.id}`);
  assert.equal(gone.stack_status, 'DELETE_COMPLETE');
});

test('what the properties demand is told before anything is made', async () => {
  const reply = await lab.ask('POST', '/stacks', {
    stack_name: 'bad',
    template: {
      heat_template_version: '2018-08-31',
      resources: {
        label: { type: 'Example::Network::Label', properties: { network: 'nowhere', text: 'x' } },
      },
    },
  });
  assert.equal(reply.status, 400);
  assert.match(JSON.stringify(reply.body), /nowhere/);
});

test('packages that cannot be used say why; names that are taken are refused', async () => {
  await assert.rejects(
    loadTypes(['ovenbird-nowhere'], home, log),
    /the package of resource types 'ovenbird-nowhere' cannot be loaded: .*Install it below .*drivers/s,
  );
  let count = 0;
  const refused = async (code: string, why: RegExp): Promise<void> => {
    const file = path.join(home, 'drivers', `bad${count++}.mjs`);
    writeFileSync(file, code);
    await assert.rejects(loadTypes([file], home, log), why);
  };
  const type = (members: Document): string =>
    `export default () => [{ description: 'x', properties: {}, create() {}, ...${JSON.stringify(members)} }];`;
  await refused('export const types = [];', /default export is not a function/);
  await refused('export default () => ({});', /does not give a list of types/);
  await refused(type({ name: 'OS::Neutron::Net' }), /there is a type OS::Neutron::Net already/);
  await refused(type({ name: 'Net' }), /"Net" is no name of a type/);
  await refused(type({ name: 'A::B', create: null }), /A::B has no create/);
  await refused(type({ name: 'A::B', check: 1 }), /A::B: check is no function/);
  await refused(
    type({ name: 'A::B', properties: { size: { type: 'int', description: '' } } }),
    /A::B size: its type must be one of string, number/,
  );
  await refused(
    `${type({ name: 'A::B' })}`.replace('];', ", { name: 'A::C', aliases: ['A::B'] }];"),
    /A::C has no description/,
  );
  await assert.rejects(loadTypes([NAME, NAME], home, log), /Example::Network::Label already/);
});

test('the option is a list of packages', () => {
  assert.deepEqual(orchestrationOptions({ types: ['a'] }).types, ['a']);
  assert.deepEqual(orchestrationOptions({}).types, []);
  for (const types of ['a', [1], [''], ['a', 'a'], {}]) {
    assert.throws(() => orchestrationOptions({ types }), /orchestration\.types is not valid/);
  }
});
