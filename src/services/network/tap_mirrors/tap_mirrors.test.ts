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

test('tap mirrors are rows that their port names', async () => {
  const caller = room.member();
  const stranger = room.member();
  const { network } = await room.net(caller, '10.60.0.0/24');
  const port = await room.create(caller, 'port', { network_id: network['id'] });
  const mirror = (values: Document, by = caller) =>
    room.create(by, 'tap_mirror', {
      port_id: port['id'],
      remote_ip: '192.0.2.9',
      mirror_type: 'gre',
      directions: { IN: 7 },
      ...values,
    });
  const made = await mirror({ name: 'tap', directions: { IN: 1, OUT: '2' } });
  assert.deepEqual(made['directions'], { IN: 1, OUT: 2 });
  const rows = () =>
    room.northbound.mirror
      .table('Mirror')
      .filter(() => true)
      .map((row) => [row.name, row.filter, row.type, row.index, row.sink].join(' '))
      .toSorted();
  const tail = made['id'].slice(0, 6);
  assert.deepEqual(rows(), [
    `tm_in_${tail} to-lport gre 1 192.0.2.9`,
    `tm_out_${tail} from-lport gre 2 192.0.2.9`,
  ]);
  const lsp = room.northbound.mirror.table('Logical_Switch_Port').first('name', port['id'])!;
  assert.equal(lsp.mirror_rules.length, 2);
  // Changes of the port leave them where they are.
  await room.update(caller, 'port', port['id'], { name: 'x' });
  assert.equal(
    room.northbound.mirror.table('Logical_Switch_Port').first('name', port['id'])!.mirror_rules
      .length,
    2,
  );
  await refuses('TapMirrorTunnelConflict', /already exists/, mirror({ directions: { OUT: 1 } }));
  await refuses('PortNotFound', /could not/, mirror({}, stranger));
  await refuses('HTTPBadRequest', /no direction/, mirror({ directions: {} }));
  await refuses('HTTPBadRequest', /BOTH/, mirror({ directions: { BOTH: 1 } }));
  await refuses('HTTPBadRequest', /own/, mirror({ directions: { IN: 3, OUT: 3 } }));
  await refuses('HTTPBadRequest', /not one of/, mirror({ mirror_type: 'lport' }));
  await refuses(
    'InvalidInput',
    /1023/,
    mirror({ mirror_type: 'erspanv1', directions: { IN: 1024 } }),
  );
  await refuses(
    'PortDoesNotBelongToTenant',
    /not of project/,
    mirror({ directions: { IN: 9 } }, room.admin),
  );
  const changed = await room.update(caller, 'tap_mirror', made['id'], { description: 'd' });
  assert.equal(changed['description'], 'd');
  await refuses(
    'HTTPBadRequest',
    /read-only/,
    room.update(caller, 'tap_mirror', made['id'], { remote_ip: '192.0.2.1' }),
  );
  await room.remove(caller, 'tap_mirror', made['id']);
  assert.deepEqual(rows(), []);
  const span = await mirror({ mirror_type: 'erspanv1' });
  assert.deepEqual(rows(), [`tm_in_${span['id'].slice(0, 6)} to-lport erspan 7 192.0.2.9`]);
  await room.remove(caller, 'port', port['id']);
  assert.deepEqual(rows(), [], 'a mirror goes with its port');
  await refuses('TapMirrorNotFound', /could not/, room.show(caller, 'tap_mirror', span['id']));
  assert.deepEqual(await room.service.projector.compare(), []);
});
