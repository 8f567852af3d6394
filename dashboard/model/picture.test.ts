import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloudOf } from './cloud.ts';
import { pictureOf, type Row } from './picture.ts';
import {
  collections,
  floatingIp,
  legOf,
  network,
  portOf,
  router,
  server,
  subnet,
} from './testing.ts';

const outside = network('public', { 'router:external': true });
const first = portOf('web-1', 'private', '10.0.0.5');

const cloud = cloudOf(
  collections({
    networks: [network('lonely'), network('private'), outside, network('backend')],
    subnets: [subnet('private', '10.0.0.0/24'), subnet('public', '172.24.4.0/24')],
    routers: [router('core'), router('edge', 'public')],
    ports: [
      legOf('edge', 'private', '10.0.0.1'),
      legOf('core', 'private', '10.0.0.254'),
      legOf('core', 'backend', '10.0.1.1'),
      first,
      portOf('web-10', 'private', '10.0.0.6'),
      portOf('web-2', 'private', '10.0.0.7'),
      portOf('web-2', 'backend', '10.0.1.7'),
    ],
    servers: [server('web-10'), server('web-2'), server('web-1'), server('failed')],
    floatingIps: [floatingIp('172.24.4.10', 'public'), floatingIp('172.24.4.9', 'public', first)],
  }),
);

const lane = (rows: readonly Row[], key: string) => {
  const row = rows.find((each) => each.key === key);
  assert.equal(row?.kind, 'network');
  return row;
};

test('rows go from the outside inwards: every network and router once, behind the router it hangs on', () => {
  assert.deepEqual(
    pictureOf(cloud).rows.map(({ key }) => key),
    ['public', 'edge', 'private', 'core', 'backend', 'lonely', 'loose'],
  );
});

test('servers stand in each of their networks, in the order of their names, with what leads to them', () => {
  const { rows } = pictureOf(cloud);
  const tiles = lane(rows, 'private').tiles;
  assert.deepEqual(
    tiles.map((tile) => [tile.server.name, tile.addresses, tile.floating, tile.elsewhere.length]),
    [
      ['web-1', ['10.0.0.5'], ['172.24.4.9'], 0],
      ['web-2', ['10.0.0.7'], [], 1],
      ['web-10', ['10.0.0.6'], [], 0],
    ],
  );
  assert.deepEqual(
    lane(rows, 'backend').tiles.map((tile) => tile.elsewhere[0]?.id),
    ['private'],
  );
  const loose = rows.at(-1);
  assert.equal(loose?.kind, 'loose');
  assert.deepEqual(
    loose.tiles.map((tile) => tile.server.name),
    ['failed'],
  );
});

test('lanes know their routers, and the outer one the floating IPs in the order of addresses', () => {
  const { rows } = pictureOf(cloud);
  assert.deepEqual(
    lane(rows, 'private').legs.map((leg) => [leg.router.id, leg.addresses]),
    [
      ['core', ['10.0.0.254']],
      ['edge', ['10.0.0.1']],
    ],
  );
  assert.deepEqual(
    lane(rows, 'public').floatingIps.map((each) => each.floating_ip_address),
    ['172.24.4.9', '172.24.4.10'],
  );
});

test('there is a row of wires for each row, and a shared network joins both routers', () => {
  const { rows, wires, columns } = pictureOf(cloud);
  assert.equal(wires.length, rows.length);
  assert.equal(columns, 3);
  const shared = wires[rows.findIndex(({ key }) => key === 'private')];
  assert.deepEqual(
    shared?.wires
      .filter(({ joint }) => joint === 'lane')
      .map(({ key }) => key)
      .toSorted(),
    ['core', 'edge'],
  );
});

test('a router whose outer network cannot be seen has no wire to it, and nothing breaks', () => {
  const { rows, wires } = pictureOf(cloudOf(collections({ routers: [router('edge', 'hidden')] })));
  assert.deepEqual(
    rows.map(({ key }) => key),
    ['edge'],
  );
  assert.equal(wires[0]?.wires.length, 1);
  assert.deepEqual(pictureOf(cloudOf(collections({}))), { rows: [], wires: [], columns: 0 });
});
