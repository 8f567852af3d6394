import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startTestIdentity, type Json, type TestIdentity } from '../testing.ts';
import { signatureOf, textSignatureFits, type SignedRequest } from './signature.ts';

let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity();
});
after(() => cloud?.stop());

/** The example of Amazon's documentation, whose signature it prints. */
test('version 4 signs as the documentation of Amazon shows it', () => {
  const request: SignedRequest = {
    verb: 'GET',
    host: 'iam.amazonaws.com',
    path: '/',
    params: { Action: 'ListUsers', Version: '2010-05-08' },
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
      Host: 'iam.amazonaws.com',
      'X-Amz-Date': '20150830T123600Z',
      Authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=x',
    },
    bodyHash: createHash('sha256').update('').digest('hex'),
  };
  assert.equal(
    signatureOf('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', request),
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
});

/** The example of Amazon's documentation of version 2. */
test('version 2 signs as the documentation of Amazon shows it', () => {
  const request: SignedRequest = {
    verb: 'GET',
    host: 'elasticmapreduce.amazonaws.com',
    path: '/',
    params: {
      AWSAccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      Action: 'DescribeJobFlows',
      SignatureMethod: 'HmacSHA256',
      SignatureVersion: '2',
      Timestamp: '2011-10-03T15:19:30',
      Version: '2009-03-31',
    },
    headers: {},
    bodyHash: '',
  };
  assert.equal(
    signatureOf('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', request),
    'i91nKc4PWAt0JJIdXwz9HxZCJDdiy6cf/Mj6vPxyYIs=',
  );
  for (const version of ['0', '1', '3'])
    assert.equal(
      signatureOf('x', { ...request, params: { ...request.params, SignatureVersion: version } }),
      undefined,
    );
});

const now = () => new Date().toISOString().slice(0, 19) + 'Z';

async function keysOf(who: Awaited<ReturnType<TestIdentity['newcomer']>>, token = who.token) {
  const reply = await cloud.call('POST', `/users/${who.user.id}/credentials/OS-EC2`, token, {
    tenant_id: who.project.id,
  });
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return reply.json.credential as { access: string; secret: string };
}

function signed(keys: { access: string; secret: string }, timestamp = now()) {
  const request = {
    verb: 'GET',
    host: 'cloud.example:8773',
    path: '/services/Cloud',
    params: { AWSAccessKeyId: keys.access, SignatureVersion: '2', Timestamp: timestamp },
    headers: {},
    bodyHash: '',
  };
  const signature = signatureOf(keys.secret, request)!;
  return { access: keys.access, signature, ...request };
}

const ask = (credentials: object, token: string | undefined = cloud.admin) =>
  cloud.call('POST', '/ec2tokens', token, { credentials });

test('a signed request becomes a token of who signed it', async () => {
  const who = await cloud.newcomer();
  const keys = await keysOf(who);
  const { status, json, headers } = await ask(signed(keys));
  assert.equal(status, 200, JSON.stringify(json));
  assert.equal(json.token.user.id, who.user.id);
  assert.equal(json.token.project.id, who.project.id);
  assert.deepEqual(json.token.methods, ['ec2credential']);
  const token = String(headers['x-subject-token']);
  assert.ok(await cloud.identity.validate(token));

  const request = signed(keys);
  const withoutPort = signatureOf(keys.secret, { ...request, host: 'cloud.example' });
  assert.equal((await ask({ ...request, signature: withoutPort })).status, 200);

  const wrong: [object, number, string?][] = [
    [{ ...request, signature: 'AAAA' + request.signature.slice(4) }, 401],
    [{ ...request, path: '/services/Other' }, 401],
    [{ ...request, access: 'unknown' }, 401],
    [signed(keys, '2011-10-03T15:19:30Z'), 401],
    [signed(keys, 'yesterday'), 401],
    [request, 403, who.token],
  ];
  for (const [credentials, expected, as] of wrong)
    assert.equal((await ask(credentials, as)).status, expected, JSON.stringify(credentials));
  assert.equal(
    (await cloud.call('POST', '/ec2tokens', undefined, { credentials: request })).status,
    401,
  );
  assert.equal((await cloud.call('POST', '/ec2tokens', cloud.admin, {})).status, 400);

  const again = await cloud.authenticate({ methods: ['token'], token: { id: token } });
  assert.equal(again.status, 403);
  const rules = { application_credential: { name: 'persistent' } };
  const path = `/users/${who.user.id}/application_credentials`;
  assert.equal((await cloud.call('POST', path, token, rules)).status, 403);

  await cloud.call('DELETE', who.grant, cloud.admin);
  assert.equal(await cloud.identity.validate(token), undefined);
  assert.equal((await ask(signed(keys))).status, 401);
});

test('keys made with an application credential are limited as it is', async () => {
  const who = await cloud.newcomer();
  const created = await cloud.call(
    'POST',
    `/users/${who.user.id}/application_credentials`,
    who.token,
    {
      application_credential: { name: 'robot', unrestricted: true, roles: [{ name: 'reader' }] },
    },
  );
  const { id, secret } = created.json.application_credential;
  const reply = await cloud.authenticate({
    methods: ['application_credential'],
    application_credential: { id, secret },
  });
  const keys = await keysOf(who, String(reply.headers['x-subject-token']));
  const { json } = await ask(signed(keys));
  assert.deepEqual(
    json.token.roles.map((role: Json) => role.name),
    ['reader'],
  );
  await cloud.call('DELETE', `/users/${who.user.id}/application_credentials/${id}`, who.token);
  assert.equal((await ask(signed(keys))).status, 401);
});

test('another access key is found by its new name, and somebody else’s trust gives nothing', async () => {
  const [who, other] = [await cloud.newcomer(), await cloud.newcomer()];
  const keys = await keysOf(who);
  const list = await cloud.call('GET', '/credentials?type=ec2', who.token);
  const { id } = list.json.credentials[0];
  const patch = (blob: object) =>
    cloud.call('PATCH', `/credentials/${id}`, who.token, {
      credential: { type: 'ec2', blob: JSON.stringify(blob) },
    });
  const renamed = { access: 'renamed', secret: 'new' };
  assert.equal((await patch(renamed)).json.credential.id, id);
  assert.equal((await ask(signed(keys))).status, 401);
  assert.equal((await ask(signed(renamed))).status, 200);
  const taken = await keysOf(who);
  assert.equal((await patch(taken)).status, 409);

  const trust = await cloud.call('POST', '/OS-TRUST/trusts', other.token, {
    trust: {
      trustor_user_id: other.user.id,
      trustee_user_id: other.user.id,
      project_id: other.project.id,
      impersonation: true,
      roles: [{ name: 'member' }],
    },
  });
  assert.equal(trust.status, 201, JSON.stringify(trust.json));
  const stolen = { ...renamed, trust_id: trust.json.trust.id };
  const credential = { blob: JSON.stringify(stolen), project_id: other.project.id };
  await cloud.call('PATCH', `/credentials/${id}`, who.token, { credential });
  assert.equal((await ask(signed(renamed))).status, 403);
});

test('a text that an S3 server signed', async () => {
  const who = await cloud.newcomer();
  const keys = await keysOf(who);
  const { createHmac } = await import('node:crypto');
  const text = Buffer.from('GET\n\n\nThu, 17 Nov 2005 18:49:58 GMT\n/bucket');
  const signature = createHmac('sha1', keys.secret).update(text).digest('base64');
  const ask3 = (credentials: object) =>
    cloud.call('POST', '/s3tokens', cloud.admin, { credentials });
  const good = { access: keys.access, signature, token: text.toString('base64url') };
  const { status, json } = await ask3(good);
  assert.equal(status, 200);
  assert.equal(json.token.project.id, who.project.id);
  assert.equal(
    (await ask3({ ...good, token: Buffer.from('other').toString('base64') })).status,
    401,
  );
  assert.equal((await ask3({ access: keys.access, signature })).status, 401);
  const bad = Buffer.from('AWS4-HMAC-SHA256\n20260101T000000Z\n20260101/r/ec2/aws4_request\nx');
  assert.equal(textSignatureFits('s', bad, 'x'), false);
});
