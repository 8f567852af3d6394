import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { imageOptions } from '../options.ts';
import { ImageRoom } from '../testing.ts';
import { PropertyProtections } from './protections.ts';

describe('property protections', () => {
  let room: ImageRoom;
  before(async () => {
    const everybody = { create: ['@'], read: ['@'], update: ['@'], delete: ['@'] };
    room = await ImageRoom.open({
      property_protections: [
        { property: 'x_secret', create: ['admin'], read: ['admin'], update: ['admin'] },
        {
          property: 'x_billing.*',
          create: ['Admin'],
          read: ['@'],
          update: ['!'],
          delete: ['admin'],
        },
        { property: 'y', ...everybody, create: ['!', 'member'] },
        { property: '[a-w].*', ...everybody },
      ],
    });
  });
  after(() => room.close());

  const patch = (who: string, id: string, ...changes: object[]) =>
    room.call(who, 'PATCH', `/v2/images/${id}`, changes);

  test('who may not, may not; who may not read, does not see', async () => {
    const refused = await room.call('alice', 'POST', '/v2/images', { x_secret: '1' });
    assert.equal(refused.status, 403);
    for (const name of ['x_billing_code', 'y', 'zebra'])
      assert.equal((await room.call('alice', 'POST', '/v2/images', { [name]: '1' })).status, 403);
    const id = await room.create('alice', { colour: 'red' });
    const set = await patch(
      'admin',
      id,
      { op: 'add', path: '/x_secret', value: 's' },
      { op: 'add', path: '/x_billing_code', value: 'b' },
    );
    assert.equal(set.status, 200, set.text);
    const seen = await room.show(id, 'alice');
    assert.equal(seen['x_secret'], undefined);
    assert.equal(seen['x_billing_code'], 'b');
    assert.equal(seen['colour'], 'red');
    const [listed] = (await room.call('alice', 'GET', '/v2/images')).body['images'];
    assert.equal(listed.x_secret, undefined);
    assert.equal((await room.show(id))['x_secret'], 's');
    const forbidden: object[] = [
      { op: 'add', path: '/x_secret', value: 'mine' },
      { op: 'add', path: '/x_billing_code', value: 'c' },
      { op: 'replace', path: '/x_billing_code', value: 'c' },
      { op: 'remove', path: '/x_billing_code' },
      { op: 'add', path: '/zebra', value: 'z' },
    ];
    for (const change of forbidden)
      assert.equal((await patch('alice', id, change)).status, 403, JSON.stringify(change));
    // What it does not see is not there for it.
    const hidden = { op: 'replace', path: '/x_secret', value: 'mine' };
    assert.equal((await patch('alice', id, hidden)).status, 409);
    assert.equal((await patch('alice', id, { op: 'remove', path: '/colour' })).status, 200);
    assert.equal((await room.show(id))['x_secret'], 's', 'what others do leaves it');
    assert.equal((await patch('admin', id, { op: 'remove', path: '/x_billing_code' })).status, 200);
    // No rule lets anybody delete it, administrators included.
    assert.equal((await patch('admin', id, { op: 'remove', path: '/x_secret' })).status, 403);
    // A filter would tell what is hidden.
    const filtered = await room.call('alice', 'GET', '/v2/images?x_secret=s');
    assert.deepEqual(filtered.body['images'], []);
    assert.equal(
      (await room.call('admin', 'GET', '/v2/images?x_secret=s')).body['images'].length,
      1,
    );
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test('an expression that is none is refused with a sentence', () => {
    const rules = imageOptions({ property_protections: [{ property: '(' }] }).property_protections;
    assert.throws(() => new PropertyProtections(rules), /\( is no regular expression/);
  });
});
