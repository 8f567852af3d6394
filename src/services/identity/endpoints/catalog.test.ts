import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRoom, type Room } from '../authentication/testing.ts';
import type { Json } from '../testing.ts';

let room: Room;
let admin: Room['admin'];
before(async () => {
  room = await startRoom();
  ({ admin } = room);
});
after(() => room?.stop());

const call: Room['call'] = (...given) => room.call(...given);
const make: Room['make'] = (...given) => room.make(...given);
const newcomer: Room['newcomer'] = (...given) => room.newcomer(...given);

test('the catalog can be extended', async () => {
  const service = await make('service', { type: 'object-store' });
  const body = {
    endpoint: {
      service_id: service.id,
      interface: 'public',
      region: 'Mars',
      url: 'http://store/v1/$(project_id)s',
    },
  };
  const created = await call('POST', '/endpoints', { token: admin, body });
  assert.equal(created.status, 201);
  assert.equal(created.json.endpoint.region_id, 'Mars');
  assert.equal((await call('GET', '/regions/Mars', { token: admin })).status, 200);
  const { token, project: own } = await newcomer();
  const { json } = await call('GET', '/auth/catalog', { token });
  const entry = json.catalog.find((each: Json) => each.type === 'object-store');
  assert.equal(entry.endpoints[0].url, `http://store/v1/${own.id}`);
  const bad = { endpoint: { ...body.endpoint, url: 'ftp://x' } };
  assert.equal((await call('POST', '/endpoints', { token: admin, body: bad })).status, 400);
  assert.equal((await call('DELETE', '/regions/Mars', { token: admin })).status, 409);
  assert.equal((await call('DELETE', `/services/${service.id}`, { token: admin })).status, 204);
  assert.equal((await call('DELETE', '/regions/Mars', { token: admin })).status, 204);
});
