import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { ApiClient } from './support/api.ts';
import { TestCloud } from './support/cloud.ts';
import { eventually } from './support/command.ts';
import { Scenario } from './support/scenario.ts';

/** Every wrong call gets the service's own error with a sentence that names the cause; nothing is half-applied. */
describe('bad input', { timeout: 300_000 }, () => {
  let cloud: TestCloud;
  let api: ApiClient;
  let scenario: Scenario;

  before(async () => {
    cloud = await TestCloud.start('inp');
    api = await cloud.api('demo');
    scenario = new Scenario(cloud, api);
  });
  after(async () => {
    await cloud.destroy();
  });

  const nova = async (
    status: number,
    key: string,
    words: RegExp,
    body: unknown,
    path = '/servers',
  ) => {
    const answer = await api.call('POST', `/compute/v2.1${path}`, body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(answer.body[key]?.message ?? '', words);
  };
  const neutron = async (
    status: number,
    type: string,
    words: RegExp,
    method: string,
    path: string,
    body?: unknown,
  ) => {
    const answer = await api.call(method, `/network/v2.0${path}`, body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.equal(answer.body['NeutronError']?.type, type, JSON.stringify(answer.body));
    assert.match(answer.body['NeutronError'].message, words);
  };

  test('unknown image, flavor, network and port', async () => {
    const network = await scenario.network('input', '10.30.0.0/24');
    const imageRef = await scenario.image();
    const flavorRef = await scenario.flavor();
    const networks = [{ uuid: network.id }];
    const missing = '00000000-0000-4000-8000-000000000000';
    const server = { name: 's', imageRef, flavorRef, networks };
    await nova(400, 'badRequest', new RegExp(missing), {
      server: { ...server, imageRef: missing },
    });
    await nova(400, 'badRequest', /no-such-flavor/, {
      server: { ...server, flavorRef: 'no-such-flavor' },
    });
    await nova(400, 'badRequest', new RegExp(missing), {
      server: { ...server, networks: [{ uuid: missing }] },
    });
    await nova(400, 'badRequest', new RegExp(missing), {
      server: { ...server, networks: [{ port: missing }] },
    });
    await nova(400, 'badRequest', /server\.name.*255/, {
      server: { ...server, name: 'x'.repeat(300) },
    });
    await nova(400, 'badRequest', /user_data/, {
      server: { ...server, user_data: 'not base64 !' },
    });
    await nova(400, 'badRequest', /not valid JSON/, '{"server": ');
    const show = await api.call('GET', `/compute/v2.1/servers/${missing}`);
    assert.equal(show.status, 404);
    assert.match(show.body['itemNotFound'].message, new RegExp(missing));
    assert.deepEqual((await api.get('/compute/v2.1/servers')).servers, [], 'nothing is half made');
    await api.delete(`/network/v2.0/networks/${network.id}`);
  });

  test('network: overlaps, exhaustion, what is in use, what does not exist', async () => {
    const one = await scenario.network('one', '10.31.0.0/24', { router: true });
    const two = await scenario.network('two', '10.31.0.0/25');
    await neutron(
      400,
      'BadRequest',
      /overlaps/,
      'PUT',
      `/routers/${one.routerId}/add_router_interface`,
      {
        subnet_id: two.subnetId,
      },
    );
    await neutron(409, 'RouterInUse', /still has ports/, 'DELETE', `/routers/${one.routerId}`);
    await neutron(409, 'NetworkInUse', /in use/, 'DELETE', `/networks/${one.id}`);
    await neutron(
      404,
      'NetworkNotFound',
      /could not be found/,
      'GET',
      '/networks/00000000-0000-4000-8000-000000000000',
    );
    await neutron(400, 'HTTPBadRequest', /cidr/, 'POST', '/subnets', {
      subnet: { network_id: two.id, ip_version: 4, cidr: '10.31.0.0/99' },
    });
    const tiny = await scenario.network('tiny', '10.32.0.0/30');
    await api.post('/network/v2.0/ports', { port: { network_id: tiny.id } }).catch(() => undefined);
    await neutron(409, 'IpAddressGenerationFailure', /No more IP addresses/, 'POST', '/ports', {
      port: { network_id: tiny.id },
    });
  });

  test('quota: the call that goes beyond says which and how much', async () => {
    const admin = await cloud.api('admin');
    await admin.put(`/network/v2.0/quotas/${api.projectId}`, { quota: { security_group: 2 } });
    await scenario.securityGroup('first');
    await neutron(409, 'OverQuota', /security_group/, 'POST', '/security-groups', {
      security_group: { name: 'second' },
    });
  });

  test('an image that is no image', async () => {
    const image = await api.post('/image/v2/images', {
      name: 'nonsense',
      container_format: 'docker',
      disk_format: 'raw',
    });
    const reply = await fetch(`${api.root}/image/v2/images/${image['id']}/file`, {
      method: 'PUT',
      headers: { 'x-auth-token': api.token, 'content-type': 'application/octet-stream' },
      body: 'this is a letter, not an image',
    });
    assert.ok(reply.status >= 400 && reply.status < 500, String(reply.status));
    assert.match(await reply.text(), /tar/);
    assert.notEqual((await api.get(`/image/v2/images/${image['id']}`))['status'], 'active');
    await api.delete(`/image/v2/images/${image['id']}`);
  });

  test('no valid host: its owner learns how many hosts failed at what, administrators which host and by how much', async () => {
    const admin = await cloud.api('admin');
    const { flavor } = await admin.post('/compute/v2.1/flavors', {
      flavor: { name: 'giant', ram: 4_000_000, vcpus: 4, disk: 1, id: 'giant' },
    });
    await admin.put(`/compute/v2.1/os-quota-sets/${api.projectId}`, {
      quota_set: { ram: -1, cores: -1 },
    });
    const network = await scenario.network('giant', '10.33.0.0/24');
    const { server } = await api.post('/compute/v2.1/servers', {
      server: {
        name: 'giant',
        imageRef: await scenario.image(),
        flavorRef: flavor.id,
        networks: [{ uuid: network.id }],
      },
    });
    const fault = await eventually('the fault', async () => {
      const shown = (await api.get(`/compute/v2.1/servers/${server.id}`)).server;
      return shown.status === 'ERROR' && shown.fault;
    });
    assert.match(fault.message, /No valid host was found.*Of 1 host: 1 have not enough resources/);
    const { server: seen } = await admin.get(`/compute/v2.1/servers/${server.id}`);
    assert.match(seen.fault.details, /Host \S+: .*MEMORY_MB: 4000000 wanted, the host has \d+/);
    await api.delete(`/compute/v2.1/servers/${server.id}`);
  });

  test('an expired or invented token is 401, with the way to a new one', async () => {
    const reply = await fetch(`${api.root}/compute/v2.1/servers`, {
      headers: { 'x-auth-token': `gAAAAAB${'x'.repeat(180)}` },
    });
    assert.equal(reply.status, 401);
    assert.match(reply.headers.get('www-authenticate') ?? '', /\/identity\/v3/);
  });

  test('a body of 2 GB is refused at its first byte', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(cloud.port, '127.0.0.1', () => {
        socket.write(
          `POST /network/v2.0/networks HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${api.token}\r\nContent-Type: application/json\r\nContent-Length: ${2 ** 31}\r\n\r\n{`,
        );
      });
      let text = '';
      socket.on('data', (chunk) => (text += chunk));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.setTimeout(10_000, () => reject(new Error(`no answer: ${text}`)));
    });
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /NeutronError/);
  });
});
