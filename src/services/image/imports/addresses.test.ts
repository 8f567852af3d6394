import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { imageOptions } from '../options.ts';
import { AddressFilter } from './addresses.ts';

const filterOf = (given: object = {}) =>
  new AddressFilter(imageOptions({ import_filtering_opts: given }).import_filtering_opts);

describe('addresses that an import may ask', () => {
  test('by default http and https on their own ports, and nothing but the Internet', () => {
    const filter = filterOf();
    for (const good of [
      'http://example.com/a',
      'https://example.com',
      'http://93.184.216.34/',
      'http://[2606:2800:220:1::1]/',
    ])
      assert.ok(filter.check(good), good);
    const bad = [
      'ftp://example.com/', 'file:///etc/passwd', 'gopher://example.com', '/etc/passwd', 'http:///', '',
      'http://example.com:22/', 'http://example.com:8080/', 'http://user:secret@example.com/',
      'http://127.0.0.1/', 'http://127.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://0177.0.0.1/',
      'http://0/', 'http://10.1.2.3/', 'http://172.20.0.1/', 'http://192.168.1.1/', 'http://169.254.169.254/',
      'http://100.64.0.1/', 'http://224.0.0.1/', 'http://255.255.255.255/',
      'http://[::1]/', 'http://[::]/', 'http://[::ffff:127.0.0.1]/', 'http://[::ffff:a9fe:a9fe]/',
      'http://[fe80::1]/', 'http://[fd00::1]/', 'http://[64:ff9b::7f00:1]/', 'http://[2002:7f00:1::]/',
      'http://[2001:0:1::1]/',
    ]; // prettier-ignore
    for (const text of bad)
      assert.throws(() => filter.check(text), /does not pass filtering/, text || 'nothing');
  });

  test('the operator lists what may be and what may not', () => {
    const filter = filterOf({
      allowed_hosts: ['mirror.example'],
      allowed_ports: [8080],
      allowed_schemes: ['https'],
      allowed_networks: ['10.1.0.0/16', 'fd00::/8'],
    });
    assert.ok(filter.check('https://mirror.example:8080/x'));
    assert.throws(() => filter.check('http://mirror.example:8080/x'), /scheme http/);
    assert.throws(() => filter.check('https://mirror.example/x'), /port 443/);
    assert.throws(() => filter.check('https://other.example:8080/x'), /host other.example/);
    assert.ok(filter.isAllowed('10.1.2.3'));
    assert.ok(filter.isAllowed('::ffff:10.1.2.3'));
    assert.ok(filter.isAllowed('fd00::1'));
    assert.ok(!filter.isAllowed('10.2.2.3'));
    const listed = filterOf({ allowed_ports: [], disallowed_ports: [22], disallowed_hosts: ['a'] });
    assert.throws(() => listed.check('http://b:22/'), /port 22/);
    assert.throws(() => listed.check('http://a/'), /host a/);
    assert.ok(listed.check('http://b:23/'));
    assert.throws(() => filterOf({ allowed_networks: ['somewhere'] }), /is no network/);
  });

  test('a name that leads to this machine leads nowhere', async () => {
    await assert.rejects(filterOf().resolve('localhost'), /not on the Internet/);
    const allowed = filterOf({ allowed_networks: ['127.0.0.0/8', '::1'] });
    assert.ok((await allowed.resolve('localhost')).length > 0);
  });
});
