import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

test('logs are what ACLs and meters say', async () => {
  const caller = room.manager();
  const stranger = room.manager();
  const { network } = await room.net(caller, '10.50.0.0/24');
  const web = await room.create(caller, 'security_group', { name: 'web' });
  const bare = await room.create(caller, 'security_group', { name: 'bare', stateful: false });
  const foreign = await room.create(stranger, 'security_group', { name: 'foreign' });
  const port = await room.create(caller, 'port', {
    network_id: network['id'],
    security_groups: [web['id']],
  });
  const { mirror } = room.northbound;
  /** The ACLs of a group: action, whether it is logged, by which log. */
  const acls = (group: Document) =>
    mirror
      .table('ACL')
      .filter(({ match }) => match.includes(group['id'].replaceAll('-', '_')))
      .map(({ action, log, name }) => `${action} ${log} ${name[0]?.slice(8, 12) ?? ''}`)
      .toSorted();
  const short = (log: Document) => (log['id'] as string).slice(0, 4);
  const meters = () =>
    mirror
      .table('Meter')
      .filter(() => true)
      .map(({ name }) => name)
      .toSorted();
  const quiet = ['allow-related false ', 'allow-related false '];
  const log = (values: Document, by = caller) =>
    room.create(by, 'log', { resource_type: 'security_group', ...values });
  assert.deepEqual(meters(), []);

  const all = await log({ resource_id: web['id'], name: 'all' });
  assert.equal(all['event'], 'ALL');
  assert.deepEqual(meters(), ['acl_log_meter', 'acl_log_meter_stateless']);
  assert.deepEqual(acls(web), [
    `allow-related true ${short(all)}`,
    `allow-related true ${short(all)}`,
    `drop true ${short(all)}`,
    `drop true ${short(all)}`,
  ]);
  const drop = mirror
    .table('ACL')
    .filter(({ action, log: logged }) => action === 'drop' && logged)[0]!;
  assert.deepEqual(
    [drop.priority, drop.severity, drop.meter, drop.match],
    [
      1001,
      ['info'],
      ['acl_log_meter'],
      `${drop.direction === 'to-lport' ? 'outport' : 'inport'} == @pg_${web['id'].replaceAll('-', '_')} && ip`,
    ],
  );
  assert.deepEqual(acls(foreign), quiet);
  // The older log keeps its ACLs; of the whole project the others are logged, also those that come later.
  const accepted = await log({ event: 'ACCEPT' });
  assert.ok(acls(web).every((one) => one.endsWith(short(all))));
  assert.deepEqual(acls(bare), [
    `allow-stateless true ${short(accepted)}`,
    `allow-stateless true ${short(accepted)}`,
  ]);
  const stateless = mirror.table('ACL').filter(({ action }) => action === 'allow-stateless')[0]!;
  assert.deepEqual(stateless.meter, ['acl_log_meter_stateless']);
  assert.ok(stateless.label > 0);
  const later = await room.create(caller, 'security_group', { name: 'later' });
  assert.ok(acls(later).every((one) => one === `allow-related true ${short(accepted)}`));
  assert.deepEqual(acls(foreign), quiet);
  await room.update(caller, 'log', all['id'], { enabled: false });
  assert.deepEqual(acls(web), [
    `allow-related true ${short(accepted)}`,
    `allow-related true ${short(accepted)}`,
  ]);
  await room.remove(caller, 'log', accepted['id']);
  assert.deepEqual(acls(web), quiet);

  // Of a port: its groups, as they are at the time.
  const ofPort = await log({ target_id: port['id'], event: 'DROP' });
  const dropped = [...quiet, `drop true ${short(ofPort)}`, `drop true ${short(ofPort)}`];
  assert.deepEqual(acls(web), dropped);
  await room.update(caller, 'port', port['id'], { security_groups: [later['id']] });
  assert.deepEqual(acls(web), quiet);
  assert.deepEqual(acls(later), dropped);
  await room.remove(caller, 'port', port['id']);
  assert.deepEqual(acls(later), quiet);
  await refuses('LogResourceNotFound', /could not/, room.show(caller, 'log', ofPort['id']));
  await room.remove(caller, 'security_group', web['id']);
  await refuses('LogResourceNotFound', /could not/, room.show(caller, 'log', all['id']));
  assert.deepEqual(meters(), [], 'the last log went with its group');
  assert.deepEqual(
    mirror.table('Meter_Band').filter(() => true),
    [],
  );

  const missing = '77777777-7777-4777-8777-777777777777';
  await refuses('InvalidLogResourceType', /router/, log({ resource_type: 'router' }));
  await refuses('ResourceNotFound', /could not/, log({ resource_id: foreign['id'] }));
  await refuses('TargetResourceNotFound', /could not/, log({ target_id: missing }));
  const free = await room.create(caller, 'port', { network_id: network['id'] });
  await refuses(
    'InvalidResourceConstraint',
    /does not have/,
    log({ resource_id: later['id'], target_id: free['id'] }),
  );
  const kinds = await room.call('get_loggable_resources', { caller });
  assert.deepEqual(kinds['loggable_resources'], [{ type: 'security_group' }]);
  assert.deepEqual(await room.service.projector.compare(), []);
});
