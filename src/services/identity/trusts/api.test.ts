import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestIdentity, type Json, type TestIdentity, type TestReply } from '../testing.ts';

let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity();
});
after(() => cloud?.stop());

type Newcomer = Awaited<ReturnType<TestIdentity['newcomer']>>;
const TRUSTS = '/OS-TRUST/trusts';

const create = (trustor: Newcomer, trustee: Newcomer, attributes: object = {}, token?: string) =>
  cloud.call('POST', TRUSTS, token ?? trustor.token, {
    trust: {
      trustor_user_id: trustor.user.id,
      trustee_user_id: trustee.user.id,
      project_id: trustor.project.id,
      impersonation: true,
      roles: [{ name: 'member' }],
      ...attributes,
    },
  });

async function made(trustor: Newcomer, trustee: Newcomer, attributes: object = {}): Promise<Json> {
  const reply = await create(trustor, trustee, attributes);
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return reply.json.trust;
}

const login = (who: Newcomer, trust: Json): Promise<TestReply> =>
  cloud.authenticate(
    { methods: ['password'], password: { user: { id: who.user.id, password: 'secret' } } },
    { 'OS-TRUST:trust': { id: trust.id } },
  );

async function tokenOf(who: Newcomer, trust: Json): Promise<string> {
  const reply = await login(who, trust);
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return String(reply.headers['x-subject-token']);
}

test('a trustee acts with the trustor’s roles, as the trustor or as itself', async () => {
  const [trustor, trustee] = [await cloud.newcomer(), await cloud.newcomer()];
  for (const impersonation of [true, false]) {
    const trust = await made(trustor, trustee, { impersonation });
    assert.equal(trust.roles[0].name, 'member');
    assert.equal(trust.redelegation_count, 0);
    assert.equal(trust.expires_at, null);
    assert.match(trust.links.self, /\/v3\/OS-TRUST\/trusts\//);
    const { json, status, headers } = await login(trustee, trust);
    assert.equal(status, 201);
    assert.ok(String(headers['x-subject-token']).length <= 255);
    const document = json.token;
    assert.equal(document.user.id, (impersonation ? trustor : trustee).user.id);
    assert.equal(document.project.id, trustor.project.id);
    assert.deepEqual(
      document.roles.map((role: Json) => role.name),
      ['member', 'reader'],
    );
    assert.deepEqual(document['OS-TRUST:trust'], {
      id: trust.id,
      impersonation,
      trustor_user: { id: trustor.user.id },
      trustee_user: { id: trustee.user.id },
    });
    assert.ok(document.catalog.length > 0);
  }
  const weak = await made(trustor, trustee, { roles: [{ id: await cloud.roleId('reader') }] });
  const { json } = await login(trustee, weak);
  assert.deepEqual(
    json.token.roles.map((role: Json) => role.name),
    ['reader'],
  );
});

test('only the trustor makes one, with roles it has; only the trustee uses it', async () => {
  const [trustor, trustee, stranger] = [
    await cloud.newcomer(),
    await cloud.newcomer(),
    await cloud.newcomer(),
  ];
  const refused: [object, number, string?][] = [
    [{ roles: [{ name: 'admin' }] }, 404],
    [{ roles: [] }, 403],
    [{ project_id: stranger.project.id }, 404],
    [{ trustee_user_id: 'nobody' }, 404],
    [{ expires_at: '2001-01-01T00:00:00Z' }, 400],
    [{ expires_at: 'bad' }, 400],
    [{ remaining_uses: 0 }, 400],
    [{ remaining_uses: 2, allow_redelegation: true }, 400],
    [{ allow_redelegation: true, redelegation_count: 9 }, 403],
    [{}, 403, stranger.token],
  ];
  for (const [attributes, status, token] of refused) {
    const reply = await create(trustor, trustee, attributes, token);
    assert.equal(reply.status, status, JSON.stringify([attributes, reply.json]));
  }
  const trust = await made(trustor, trustee);
  assert.equal((await login(stranger, trust)).status, 403);
  assert.equal((await login(trustee, { id: 'missing' })).status, 401);
});

test('trusts are listed and shown to their two ends and to administrators', async () => {
  const [trustor, trustee, stranger] = [
    await cloud.newcomer(),
    await cloud.newcomer(),
    await cloud.newcomer(),
  ];
  const trust = await made(trustor, trustee);
  const path = `${TRUSTS}/${trust.id}`;
  const role = await cloud.roleId('member');
  for (const token of [trustor.token, trustee.token, cloud.admin]) {
    assert.equal((await cloud.call('GET', path, token)).status, 200);
    assert.equal((await cloud.call('GET', `${path}/roles`, token)).json.roles[0].id, role);
    assert.equal((await cloud.call('GET', `${path}/roles/${role}`, token)).json.role.id, role);
    assert.equal((await cloud.call('HEAD', `${path}/roles/${role}`, token)).status, 200);
    assert.equal((await cloud.call('HEAD', `${path}/roles/none`, token)).status, 404);
  }
  assert.equal((await cloud.call('GET', path, stranger.token)).status, 403);
  assert.equal((await cloud.call('GET', `${TRUSTS}/missing`, stranger.token)).status, 404);
  const list = async (token: string, query = ''): Promise<[number, string[] | undefined]> => {
    const { status, json } = await cloud.call('GET', TRUSTS + query, token);
    return [status, json.trusts?.map(({ id }: Json) => id)];
  };
  assert.deepEqual(await list(trustor.token, `?trustor_user_id=${trustor.user.id}`), [
    200,
    [trust.id],
  ]);
  assert.deepEqual(await list(trustee.token, `?trustee_user_id=${trustee.user.id}`), [
    200,
    [trust.id],
  ]);
  assert.equal((await list(stranger.token, `?trustor_user_id=${trustor.user.id}`))[0], 403);
  assert.equal((await list(trustor.token))[0], 403);
  assert.ok((await list(cloud.admin))[1]!.includes(trust.id));
  assert.equal((await cloud.call('DELETE', path, trustee.token)).status, 403);
  assert.equal((await cloud.call('DELETE', path, trustor.token)).status, 204);
  assert.equal((await cloud.call('GET', path, trustor.token)).status, 404);
});

test('what ends the tokens of a trust', async () => {
  const patch = (path: string, body: unknown) => cloud.call('PATCH', path, cloud.admin, body);
  type Scene = { trustor: Newcomer; trustee: Newcomer; trust: Json };
  const ends: [string, (scene: Scene) => Promise<TestReply>][] = [
    [
      'deleted',
      ({ trustor, trust }) => cloud.call('DELETE', `${TRUSTS}/${trust.id}`, trustor.token),
    ],
    ['role taken', ({ trustor }) => cloud.call('DELETE', trustor.grant, cloud.admin)],
    [
      'trustor disabled',
      ({ trustor }) => patch(`/users/${trustor.user.id}`, { user: { enabled: false } }),
    ],
    [
      'trustor’s password',
      ({ trustor }) => patch(`/users/${trustor.user.id}`, { user: { password: 'other' } }),
    ],
    [
      'trustor gone',
      ({ trustor }) => cloud.call('DELETE', `/users/${trustor.user.id}`, cloud.admin),
    ],
    [
      'trustee disabled',
      ({ trustee }) => patch(`/users/${trustee.user.id}`, { user: { enabled: false } }),
    ],
    [
      'trustee gone',
      ({ trustee }) => cloud.call('DELETE', `/users/${trustee.user.id}`, cloud.admin),
    ],
    [
      'project disabled',
      ({ trustor }) => patch(`/projects/${trustor.project.id}`, { project: { enabled: false } }),
    ],
    [
      'project gone',
      ({ trustor }) => cloud.call('DELETE', `/projects/${trustor.project.id}`, cloud.admin),
    ],
  ];
  for (const [name, end] of ends) {
    const [trustor, trustee] = [await cloud.newcomer(), await cloud.newcomer()];
    const trust = await made(trustor, trustee);
    const token = await tokenOf(trustee, trust);
    assert.ok(await cloud.identity.validate(token), name);
    const reply = await end({ trustor, trustee, trust });
    assert.ok(reply.status < 300, `${name}: ${reply.status}`);
    assert.equal(await cloud.identity.validate(token), undefined, name);
    if (name === 'role taken') assert.equal((await login(trustee, trust)).status, 403);
  }
});

test('uses are counted, also when many come at once', async () => {
  const [trustor, trustee] = [await cloud.newcomer(), await cloud.newcomer()];
  const trust = await made(trustor, trustee, { remaining_uses: 3 });
  const replies = await Promise.all(Array.from({ length: 6 }, () => login(trustee, trust)));
  assert.deepEqual(replies.map(({ status }) => status).toSorted(), [201, 201, 201, 403, 403, 403]);
  const gone = await cloud.call('GET', `${TRUSTS}/${trust.id}`, trustor.token);
  assert.equal(gone.status, 404);
  const good = replies.find(({ status }) => status === 201)!;
  assert.ok(await cloud.identity.validate(String(good.headers['x-subject-token'])));
});

test('a token ends with its trust’s time, and makes no other token nor secrets', async () => {
  const [trustor, trustee] = [await cloud.newcomer(), await cloud.newcomer()];
  const expires = new Date(Date.now() + 60_000).toISOString();
  const trust = await made(trustor, trustee, { expires_at: expires });
  const reply = await login(trustee, trust);
  assert.equal(Date.parse(reply.json.token.expires_at), Date.parse(expires));
  const token = String(reply.headers['x-subject-token']);
  const again = await cloud.authenticate({ methods: ['token'], token: { id: token } });
  assert.equal(again.status, 403);
  const mine = `/users/${trustor.user.id}`;
  const requests: ['GET' | 'POST', string, unknown?][] = [
    ['POST', `${mine}/application_credentials`, { application_credential: { name: 'x' } }],
    ['POST', `${mine}/credentials/OS-EC2`, { tenant_id: trustor.project.id }],
    ['POST', '/credentials', { credential: { type: 'totp', blob: 'x' } }],
    ['GET', '/credentials'],
  ];
  for (const [method, path, body] of requests)
    assert.equal((await cloud.call(method, path, token, body)).status, 403, path);
});

test('a trust is passed on as often as it says, and never gives more than it had', async () => {
  const [first, second, third, fourth] = (await Promise.all(
    Array.from({ length: 4 }, () => cloud.newcomer()),
  )) as [Newcomer, Newcomer, Newcomer, Newcomer];
  const plain = await made(first, second);
  const closed = await create(first, third, {}, await tokenOf(second, plain));
  assert.equal(closed.status, 403);

  const open = await made(first, second, { allow_redelegation: true, redelegation_count: 1 });
  assert.equal(open.redelegation_count, 1);
  const token = await tokenOf(second, open);
  for (const [attributes, status] of [
    [{ roles: [{ name: 'admin' }] }, 404],
    [{ allow_redelegation: true, redelegation_count: 3 }, 403],
  ] as const)
    assert.equal((await create(first, third, attributes, token)).status, status);
  const passed = await create(first, third, { allow_redelegation: true }, token);
  assert.equal(passed.status, 201, JSON.stringify(passed.json));
  assert.equal(passed.json.trust.redelegation_count, 0);
  assert.equal(passed.json.trust.redelegated_trust_id, open.id);
  const last = await tokenOf(third, passed.json.trust);
  assert.equal((await cloud.identity.validate(last))?.userId, first.user.id);
  assert.equal((await create(first, fourth, {}, last)).status, 403);

  await cloud.call('DELETE', `${TRUSTS}/${open.id}`, first.token);
  assert.equal(await cloud.identity.validate(last), undefined, 'the chain ends with its beginning');

  const plainOpen = await made(first, second, { impersonation: false, allow_redelegation: true });
  const asItself = await tokenOf(second, plainOpen);
  const asTrustor = { trustor_user_id: second.user.id };
  assert.equal((await create(first, third, asTrustor, asItself)).status, 403); // impersonation
  const further = await create(first, third, { ...asTrustor, impersonation: false }, asItself);
  assert.equal(further.status, 201, JSON.stringify(further.json));
  assert.ok(await tokenOf(third, further.json.trust));
});
