import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MetadataDocument } from './document.ts';
import { lookUp } from './tree.ts';

const document: MetadataDocument = {
  server_id: 's',
  meta_data: { uuid: 's', meta: { colour: 'green' } },
  network_data: { links: [] },
  vendor_data: {},
  vendor_data2: { static: 1 },
  user_data: Buffer.from([0x23, 0x21, 0xff]).toString('base64'),
  ec2: {
    'ami-id': 'ami-1',
    'ami-launch-index': '0',
    'ami-manifest-path': 'FIXME',
    'block-device-mapping': { ami: 'sda', root: '/dev/sda' },
    hostname: 'web.local',
    'instance-action': 'none',
    'instance-id': 'i-1',
    'instance-type': 'm1.tiny',
    'local-hostname': 'web',
    'local-ipv4': '10.0.0.5',
    'availability-zone': 'nova',
    'public-hostname': 'web',
    'public-ipv4': '172.24.4.9',
    'public-keys': [{ name: 'mine', 'openssh-key': 'ssh-ed25519 AAAA me\n' }],
    'reservation-id': 'r-1',
    'security-groups': ['default', 'web'],
  },
};
const text = (path: string) => lookUp(document, path)?.body.toString();
const lines = (path: string) => text(path)?.split('\n');

describe('metadata', () => {
  it('has the paths of EC2', () => {
    assert.ok(lines('/')?.includes('2009-04-04') && lines('/')?.includes('latest'));
    assert.deepEqual(lines('/latest/'), ['meta-data/', 'user-data']);
    const names = lines('/latest/meta-data/') ?? [];
    for (const name of ['ami-id', 'hostname', 'placement/', 'public-keys/', 'security-groups']) {
      assert.ok(names.includes(name), name);
    }
    assert.deepEqual(names, names.toSorted());
    assert.equal(text('/latest/meta-data/instance-type'), 'm1.tiny');
    assert.equal(text('/2009-04-04/meta-data/placement/availability-zone'), 'nova');
    assert.equal(text('/latest/meta-data/public-keys/'), '0=mine');
    assert.equal(text('/latest/meta-data/public-keys/0'), 'openssh-key');
    assert.equal(text('/latest/meta-data/public-keys/0/openssh-key'), 'ssh-ed25519 AAAA me\n');
    assert.deepEqual(lines('/latest/meta-data/security-groups'), ['default', 'web']);
    assert.equal(text('//latest//meta-data//block-device-mapping/root'), '/dev/sda');
  });

  it('has the paths of OpenStack by version', () => {
    assert.ok(
      lines('/openstack')?.includes('2012-08-10') && lines('/openstack')?.includes('latest'),
    );
    assert.deepEqual(
      JSON.parse(text('/openstack/latest/meta_data.json') ?? ''),
      document.meta_data,
    );
    assert.deepEqual(JSON.parse(text('/openstack/2020-10-14/vendor_data2.json') ?? ''), {
      static: 1,
    });
    assert.equal(text('/openstack/2012-08-10/network_data.json'), undefined);
    assert.deepEqual(lines('/openstack/2012-08-10'), ['meta_data.json', 'user_data']);
    assert.equal(text('/openstack/2011-01-01/meta_data.json'), undefined);
  });

  it('gives user data byte by byte, or none', () => {
    assert.deepEqual([...(lookUp(document, '/latest/user-data')?.body ?? [])], [0x23, 0x21, 0xff]);
    const none = { ...document, user_data: null };
    assert.equal(lookUp(none, '/latest/user-data'), undefined);
    assert.equal(lookUp(none, '/openstack/latest/user_data'), undefined);
    assert.equal(lookUp(none, '/latest/')?.body.toString(), 'meta-data/');
  });

  it('has nothing else, whatever is asked', () => {
    for (const path of [
      '/x',
      '/latest/x',
      '/latest/meta-data/hostname/x',
      '/openstack/latest/__proto__',
      '/%',
    ]) {
      assert.equal(text(path), undefined, path);
    }
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('latest', 'meta-data', 'constructor', 'toString', '__proto__', '..', '0'),
        ),
        (parts) => {
          lookUp(document, `/${parts.join('/')}`);
        },
      ),
    );
  });
});
