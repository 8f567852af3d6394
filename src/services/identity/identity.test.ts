import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { paths } from '../../core/configuration.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../database/testing.ts';
import { createServer } from '../../http/server.ts';
import { createIdentityService, identitySchema, type IdentityService } from './index.ts';
import { createTestHome } from './testing.ts';

/** A document of the API: read freely, as clients do. */
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

const home = createTestHome();
let database: Database;
let drop: () => Promise<void>;
let identity: IdentityService;
let app: ReturnType<typeof createServer>;
let admin: string;

before(async () => {
  ({ database, drop } = await createTestDatabase([identitySchema]));
  identity = open();
  await identity.start?.();
  app = createServer({
    services: [identity],
    validate: (token) => identity.validate(token),
    log: home.log,
    fallbackHost: '127.0.0.1:5000',
  });
  admin = await login('admin', home.password('admin'), project('admin'));
});

after(async () => {
  await app?.close();
  await identity?.stop?.();
  home.remove();
  await drop?.();
});

const open = (tokenLifetimeSeconds?: number) =>
  createIdentityService({
    database,
    configuration: home.configuration,
    log: home.log,
    ...(tokenLifetimeSeconds === undefined ? {} : { tokenLifetimeSeconds }),
  });

const project = (name: string) => ({ project: { name, domain: { id: 'default' } } });

const credentials = (name: string, password: string, scope?: unknown) => ({
  auth: {
    identity: {
      methods: ['password'],
      password: { user: { name, password, domain: { id: 'default' } } },
    },
    ...(scope === undefined ? {} : { scope }),
  },
});

async function call(
  method: InjectOptions['method'],
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Record<string, unknown>; json: Json }> {
  const reply = await app.inject({
    method: method ?? 'GET',
    url: `/identity/v3${path}`,
    headers: {
      host: 'cloud.example:8080',
      ...(options.token === undefined ? {} : { 'x-auth-token': options.token }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { payload: options.body as object }),
  });
  return {
    status: reply.statusCode,
    headers: reply.headers,
    json: reply.body === '' ? undefined : reply.json(),
  };
}

async function login(name: string, password: string, scope?: unknown): Promise<string> {
  const reply = await call('POST', '/auth/tokens', { body: credentials(name, password, scope) });
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return String(reply.headers['x-subject-token']);
}

let serial = 0;
/** Makes something as the administrator and gives its document. */
async function make(kind: string, attributes: Record<string, unknown> = {}): Promise<Json> {
  const body = { [kind]: { name: `${kind}-${++serial}`, ...attributes } };
  const reply = await call('POST', `/${kind}s`, { token: admin, body });
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return reply.json[kind];
}

async function roleId(name: string): Promise<string> {
  const { json } = await call('GET', `/roles?name=${name}`, { token: admin });
  return json.roles[0].id;
}

/** A user with the password `secret`, and a token for a project of its own, in which it is a member. */
async function newcomer() {
  const user = await make('user', { password: 'secret' });
  const own = await make('project');
  const path = `/projects/${own.id}/users/${user.id}/roles/${await roleId('member')}`;
  assert.equal((await call('PUT', path, { token: admin })).status, 204);
  const token = await login(user.name, 'secret', { project: { id: own.id } });
  return { user, project: own, token, grant: path };
}

test('the first start makes passwords and keys that only their owner reads', () => {
  const files = paths(home.configuration.home);
  for (const file of [files.adminPassword, files.demoPassword]) {
    assert.equal(statSync(file).mode & 0o777, 0o600);
  }
  assert.deepEqual(readdirSync(files.fernetKeys).toSorted(), ['0', '1']);
  for (const key of readdirSync(files.fernetKeys)) {
    assert.equal(statSync(`${files.fernetKeys}/${key}`).mode & 0o777, 0o600);
  }
});

test('a second start changes nothing', async () => {
  const again = open();
  await again.start?.();
  await again.stop?.();
  const { json } = await call('GET', '/users', { token: admin });
  assert.deepEqual(
    json.users.map((user: Json) => user.name).filter((name: string) => /^(admin|demo)$/.test(name)),
    ['admin', 'demo'],
  );
  assert.ok(await login('admin', home.password('admin')));
});

test('a token says who, where, with which roles, and where the services are', async () => {
  const reply = await call('POST', '/auth/tokens', {
    body: credentials('admin', home.password('admin'), project('admin')),
  });
  assert.equal(reply.status, 201);
  const token = String(reply.headers['x-subject-token']);
  assert.match(token, /^gAAAA[\w-]+$/);
  assert.ok(token.length <= 255, `${token.length} characters`);
  const document = reply.json.token;
  assert.deepEqual(document.methods, ['password']);
  assert.equal(document.user.name, 'admin');
  assert.deepEqual(document.user.domain, { id: 'default', name: 'Default' });
  assert.equal(document.project.name, 'admin');
  assert.deepEqual(
    document.roles.map((role: Json) => role.name),
    ['admin', 'manager', 'member', 'reader'],
  );
  assert.equal(Date.parse(document.expires_at) - Date.parse(document.issued_at), 3_600_000);
  assert.match(document.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  const urls = Object.fromEntries(
    document.catalog.map((entry: Json) => [
      entry.type,
      entry.endpoints.find((endpoint: Json) => endpoint.interface === 'public').url,
    ]),
  );
  assert.deepEqual(urls, {
    identity: 'http://cloud.example:8080/identity',
    image: 'http://cloud.example:8080/image',
    compute: 'http://cloud.example:8080/compute/v2.1',
    placement: 'http://cloud.example:8080/placement',
    network: 'http://cloud.example:8080/network',
  });
});

test('credentials that do not fit get one answer, whatever is wrong with them', async () => {
  const right = home.password('admin');
  const disabled = await make('user', { password: 'secret', enabled: false });
  const wrong = [
    credentials('admin', `${right}x`),
    credentials('nobody', right),
    credentials(disabled.name, 'secret'),
    credentials('admin', right, project('nowhere')),
    credentials('demo', home.password('demo'), project('admin')),
    credentials('demo', home.password('demo'), { system: { all: true } }),
    { auth: { identity: { methods: ['token'], token: { id: 'gAAAAnonsense' } } } },
  ];
  const bodies = new Set<string>();
  for (const body of wrong) {
    const reply = await call('POST', '/auth/tokens', { body });
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers['www-authenticate']), /Keystone uri="http.*\/identity\/v3"/);
    bodies.add(JSON.stringify(reply.json));
  }
  assert.equal(bodies.size, 1, [...bodies].join('\n'));
  assert.match([...bodies][0]!, /requires authentication/);
});

test('requests that make no sense name the field', async () => {
  const cases: [unknown, RegExp][] = [
    [{}, /auth/],
    [{ auth: { identity: { methods: [] } } }, /methods/],
    [credentials('admin', 'x', { project: { name: 'admin' } }), /domain/],
    [credentials('admin', 'x', { ...project('admin'), system: { all: true } }), /one scope/],
    [
      {
        auth: {
          identity: { methods: ['password'], password: { user: { name: 'a', password: 'b' } } },
        },
      },
      /domain/,
    ],
  ];
  for (const [body, sentence] of cases) {
    const reply = await call('POST', '/auth/tokens', { body });
    assert.equal(reply.status, 400, JSON.stringify(body));
    assert.match(reply.json.error.message, sentence);
  }
});

test('tokens are scoped to a project, a domain, the system or nothing', async () => {
  const secret = home.password('admin');
  const scopes: [unknown, (token: Json) => void][] = [
    [{ domain: { id: 'default' } }, (token) => assert.equal(token.domain.name, 'Default')],
    [{ system: { all: true } }, (token) => assert.deepEqual(token.system, { all: true })],
    [
      'unscoped',
      (token) => {
        assert.equal(token.project, undefined);
        assert.equal(token.roles, undefined);
        assert.equal(token.catalog, undefined);
      },
    ],
    [undefined, (token) => assert.equal(token.project.name, 'admin')], // the user's default project
  ];
  for (const [scope, verify] of scopes) {
    const { json } = await call('POST', '/auth/tokens', {
      body: credentials('admin', secret, scope),
    });
    verify(json.token);
  }
});

test('a token made from a token ends with it and names its audit id', async () => {
  const first = await call('POST', '/auth/tokens', {
    body: credentials('demo', home.password('demo'), 'unscoped'),
  });
  const second = await call('POST', '/auth/tokens', {
    body: {
      auth: {
        identity: { methods: ['token'], token: { id: first.headers['x-subject-token'] } },
        scope: project('demo'),
      },
    },
  });
  assert.equal(second.status, 201);
  assert.equal(second.json.token.expires_at, first.json.token.expires_at);
  assert.equal(second.json.token.audit_ids[1], first.json.token.audit_ids[0]);
  assert.deepEqual(second.json.token.methods, ['password', 'token']);
  assert.equal(second.json.token.project.name, 'demo');
});

test('a token can be looked at by its owner and by administrators, and revoked', async () => {
  const { token } = await newcomer();
  const other = await newcomer();
  const headers = { 'x-subject-token': token };
  assert.equal((await call('GET', '/auth/tokens', { token, headers })).status, 200);
  assert.equal((await call('HEAD', '/auth/tokens', { token: admin, headers })).status, 200);
  assert.equal((await call('GET', '/auth/tokens', { token: other.token, headers })).status, 403);
  const shown = await call('GET', '/auth/tokens?nocatalog', { token: admin, headers });
  assert.equal(shown.headers['x-subject-token'], token);
  assert.equal(shown.json.token.catalog, undefined);

  const elsewhere = open(); // another control plane, which has this token in memory
  assert.ok(await elsewhere.validate(token));
  assert.equal((await call('DELETE', '/auth/tokens', { token, headers })).status, 204);
  assert.equal(await identity.validate(token), undefined);
  assert.equal((await call('GET', '/auth/tokens', { token: admin, headers })).status, 404);
  await eventually(async () => (await elsewhere.validate(token)) === undefined);
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('it never came true');
}

test('what ends a token: password, disabling user, project or domain, the last role, deletion', async () => {
  const patch = (path: string, body: unknown) => call('PATCH', path, { token: admin, body });
  const domain = await make('domain');
  type Newcomer = Awaited<ReturnType<typeof newcomer>>;
  const ends: [string, (who: Newcomer) => Promise<{ status: number }>][] = [
    ['reset', ({ user }) => patch(`/users/${user.id}`, { user: { password: 'other' } })],
    ['user disabled', ({ user }) => patch(`/users/${user.id}`, { user: { enabled: false } })],
    [
      'project disabled',
      (who) => patch(`/projects/${who.project.id}`, { project: { enabled: false } }),
    ],
    ['role taken', ({ grant }) => call('DELETE', grant, { token: admin })],
    ['user deleted', ({ user }) => call('DELETE', `/users/${user.id}`, { token: admin })],
    ['project deleted', (who) => call('DELETE', `/projects/${who.project.id}`, { token: admin })],
    [
      'own change',
      ({ user }) =>
        call('POST', `/users/${user.id}/password`, {
          body: { user: { original_password: 'secret', password: 'other' } },
        }),
    ],
  ];
  for (const [name, end] of ends) {
    const who = await newcomer();
    assert.ok(await identity.validate(who.token), name);
    const reply = await end(who);
    assert.ok(reply.status < 300, `${name}: ${reply.status}`);
    assert.equal(await identity.validate(who.token), undefined, name);
  }

  const inDomain = await make('user', { password: 'secret', domain_id: domain.id });
  const token = await login2(inDomain.id);
  assert.ok(await identity.validate(token));
  await patch(`/domains/${domain.id}`, { domain: { enabled: false } });
  assert.equal(await identity.validate(token), undefined);
  await patch(`/domains/${domain.id}`, { domain: { enabled: true } });
  assert.equal(await identity.validate(token), undefined, 'a disabled domain ends tokens for good');
  assert.ok(await identity.validate(await login2(inDomain.id)));
});

async function login2(id: string): Promise<string> {
  const identityPart = { methods: ['password'], password: { user: { id, password: 'secret' } } };
  const reply = await call('POST', '/auth/tokens', { body: { auth: { identity: identityPart } } });
  assert.equal(reply.status, 201);
  return String(reply.headers['x-subject-token']);
}

test('tokens end by themselves', async () => {
  const brief = open(0.2);
  const server = createServer({
    services: [brief],
    validate: (token) => brief.validate(token),
    log: home.log,
    fallbackHost: 'x',
  });
  const reply = await server.inject({
    method: 'POST',
    url: '/identity/v3/auth/tokens',
    payload: credentials('demo', home.password('demo')),
  });
  const token = String(reply.headers['x-subject-token']);
  assert.equal(reply.statusCode, 201);
  await eventually(async () => (await brief.validate(token)) === undefined);
  assert.equal(await identity.validate(token), undefined);
  await server.close();
});

test('rotating the keys keeps tokens good, in other processes too', async () => {
  const elsewhere = open();
  const before = await login('demo', home.password('demo'));
  await identity.rotate();
  const between = await login('demo', home.password('demo'));
  await identity.rotate();
  const last = await login('demo', home.password('demo'));
  for (const token of [before, between, last]) {
    assert.ok(await identity.validate(token));
    assert.ok(await elsewhere.validate(token));
  }
  assert.equal(await identity.validate(last.slice(0, -3) + 'abc'), undefined);
});

test('projects: documents, filters, pages, trees', async () => {
  const top = await make('project', { description: 'd', tags: ['red', 'blue'], colour: 'green' });
  assert.equal(top.domain_id, 'default');
  assert.equal(top.parent_id, 'default');
  assert.equal(top.colour, 'green');
  assert.equal(top.links.self, `http://cloud.example:8080/identity/v3/projects/${top.id}`);
  const child = await make('project', { parent_id: top.id });
  const shown = await call('GET', `/projects/${child.id}?parents_as_ids`, { token: admin });
  assert.deepEqual(shown.json.project.parents, { [top.id]: { default: null } });
  const subtree = await call('GET', `/projects/${top.id}?subtree_as_list`, { token: admin });
  assert.equal(subtree.json.project.subtree[0].project.id, child.id);

  const filters: [string, string[]][] = [
    [`name=${top.name}`, [top.id]],
    [`parent_id=${top.id}`, [child.id]],
    ['tags=red,blue', [top.id]],
    ['tags-any=red,pink', [top.id]],
    [`name__startswith=${top.name}&enabled=False`, []],
  ];
  for (const [filter, ids] of filters) {
    const { json } = await call('GET', `/projects?${filter}`, { token: admin });
    assert.deepEqual(
      json.projects.map((row: Json) => row.id),
      ids,
      filter,
    );
  }

  const disable = { token: admin, body: { project: { enabled: false } } };
  assert.equal((await call('PATCH', `/projects/${top.id}`, disable)).status, 403);
  assert.equal((await call('DELETE', `/projects/${top.id}`, { token: admin })).status, 403);
  const duplicate = { project: { name: top.name, parent_id: child.id } };
  const clash = await call('POST', '/projects', { token: admin, body: duplicate });
  assert.equal(clash.status, 409);
  assert.match(clash.json.error.message, new RegExp(top.name));
  const moved = { token: admin, body: { project: { parent_id: 'default' } } };
  assert.equal((await call('PATCH', `/projects/${child.id}`, moved)).status, 403);

  let parent = child.id; // levels: domain, top, child and two more
  for (let level = 0; level < 2; level++)
    parent = (await make('project', { parent_id: parent })).id;
  const deep = { project: { name: 'too deep', parent_id: parent } };
  assert.equal((await call('POST', '/projects', { token: admin, body: deep })).status, 403);

  const seen: string[] = [];
  let next: string | null = '/projects?limit=2';
  while (next !== null) {
    const page: { json: Json } = await call('GET', next, { token: admin });
    assert.ok(page.json.projects.length <= 2);
    seen.push(...page.json.projects.map((row: Json) => row.id));
    next = page.json.links.next?.split('/v3').at(-1) ?? null;
  }
  const all = await call('GET', '/projects', { token: admin });
  assert.deepEqual(
    seen,
    all.json.projects.map((row: Json) => row.id),
  );
});

test('users: passwords are never shown, and changed only with the old one', async () => {
  const user = await make('user', { password: 'secret', email: 'a@b.c' });
  assert.equal(user.email, 'a@b.c');
  assert.equal(user.password_expires_at, null);
  assert.ok(!JSON.stringify(user).includes('secret'));
  assert.ok(!JSON.stringify(user).includes('argon2'));
  const change = (original_password: string, password: string) =>
    call('POST', `/users/${user.id}/password`, { body: { user: { original_password, password } } });
  assert.equal((await change('wrong', 'new')).status, 401);
  assert.equal((await change('secret', 'secret')).status, 400);
  assert.equal((await change('secret', 'new')).status, 204);
  assert.equal(
    (await call('POST', '/auth/tokens', { body: credentials(user.name, 'secret') })).status,
    401,
  );
  assert.ok(await login(user.name, 'new'));
  const longName = { user: { name: 'n'.repeat(300) } };
  const refused = await call('POST', '/users', { token: admin, body: longName });
  assert.equal(refused.status, 400);
  assert.match(refused.json.error.message, /user\.name.*255/);
  const patched = await call('PATCH', `/users/${user.id}`, {
    token: admin,
    body: { user: { description: 'new', name: 'renamed' } },
  });
  assert.equal(patched.json.user.description, 'new');
  assert.equal(patched.json.user.email, 'a@b.c');
});

test('roles reach users through groups, inheritance and implication', async () => {
  const domain = await make('domain');
  const user = await make('user', { password: 'secret', domain_id: domain.id });
  const group = await make('group', { domain_id: domain.id });
  const own = await make('project', { domain_id: domain.id });
  const below = await make('project', { parent_id: own.id });
  const put = async (path: string) =>
    assert.equal((await call('PUT', path, { token: admin })).status, 204, path);
  await put(`/groups/${group.id}/users/${user.id}`);
  const member = await roleId('member');
  const inherited = `/OS-INHERIT/domains/${domain.id}/groups/${group.id}/roles/${member}/inherited_to_projects`;
  await put(inherited);
  assert.equal((await call('HEAD', inherited, { token: admin })).status, 204);

  const reply = await call('POST', '/auth/tokens', {
    body: {
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { id: user.id, password: 'secret' } },
        },
        scope: { project: { id: below.id } },
      },
    },
  });
  assert.deepEqual(
    reply.json.token.roles.map((role: Json) => role.name),
    ['member', 'reader'],
  );
  const token = String(reply.headers['x-subject-token']);
  const mine = await call('GET', '/auth/projects', { token });
  assert.deepEqual(
    mine.json.projects.map((row: Json) => row.id).toSorted(),
    [own.id, below.id].toSorted(),
  );

  const effective = await call(
    'GET',
    `/role_assignments?effective&include_names&user.id=${user.id}&scope.project.id=${below.id}`,
    { token: admin },
  );
  assert.deepEqual(
    effective.json.role_assignments.map((row: Json) => [
      row.role.name,
      row.user.name,
      row.scope.project.name,
    ]),
    ['member', 'reader'].map((name) => [name, user.name, below.name]),
  );
  const direct = await call('GET', `/role_assignments?group.id=${group.id}`, { token: admin });
  assert.deepEqual(direct.json.role_assignments[0].scope, {
    domain: { id: domain.id },
    'OS-INHERIT:inherited_to': 'projects',
  });

  assert.equal(
    (await call('DELETE', `/groups/${group.id}/users/${user.id}`, { token: admin })).status,
    204,
  );
  assert.equal(await identity.validate(token), undefined);
  assert.equal(
    (await call('HEAD', `/groups/${group.id}/users/${user.id}`, { token: admin })).status,
    404,
  );
});

test('a member may look at itself and at nothing else', async () => {
  const { token, user, project: own } = await newcomer();
  const stranger = await make('user');
  const allowed = [
    `/users/${user.id}`,
    `/users/${user.id}/projects`,
    `/projects/${own.id}`,
    '/regions',
    '/auth/catalog',
    '/domains/default',
  ];
  for (const path of allowed) assert.equal((await call('GET', path, { token })).status, 200, path);
  const forbidden = [
    '/users',
    '/projects',
    '/domains',
    `/users/${stranger.id}`,
    '/users/missing',
    '/services',
    '/endpoints',
    '/role_assignments',
    '/roles',
  ];
  for (const path of forbidden)
    assert.equal((await call('GET', path, { token })).status, 403, path);
  const create = { token, body: { user: { name: 'mine' } } };
  assert.equal((await call('POST', '/users', create)).status, 403);
  const admins = await roleId('admin');
  const grab = `/projects/${own.id}/users/${user.id}/roles/${admins}`;
  assert.equal((await call('PUT', grab, { token })).status, 403);
  assert.equal((await call('GET', '/users', {})).status, 401);
});

test('a manager of a domain manages that domain and makes nobody an administrator', async () => {
  const domain = await make('domain');
  const manager = await make('user', { password: 'secret', domain_id: domain.id });
  const grant = `/domains/${domain.id}/users/${manager.id}/roles/${await roleId('manager')}`;
  assert.equal((await call('PUT', grant, { token: admin })).status, 204);
  const reply = await call('POST', '/auth/tokens', {
    body: {
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { id: manager.id, password: 'secret' } },
        },
        scope: { domain: { id: domain.id } },
      },
    },
  });
  const token = String(reply.headers['x-subject-token']);
  const created = await call('POST', '/users', { token, body: { user: { name: 'worker' } } });
  assert.equal(created.status, 201);
  assert.equal(created.json.user.domain_id, domain.id);
  const place = await call('POST', '/projects', { token, body: { project: { name: 'place' } } });
  assert.equal(place.json.project.domain_id, domain.id);
  const give = async (role: string) => {
    const path = `/projects/${place.json.project.id}/users/${created.json.user.id}/roles/`;
    return (await call('PUT', path + (await roleId(role)), { token })).status;
  };
  assert.equal(await give('member'), 204);
  assert.equal(await give('admin'), 403);
  const listed = await call('GET', '/users', { token });
  assert.deepEqual(
    new Set(listed.json.users.map((row: Json) => row.domain_id)),
    new Set([domain.id]),
  );
  const outside = { token, body: { user: { name: 'x', domain_id: 'default' } } };
  assert.equal((await call('POST', '/users', outside)).status, 403);
});

test('domains go only when disabled, and the default one stays', async () => {
  const domain = await make('domain');
  const user = await make('user', { domain_id: domain.id });
  const path = `/domains/${domain.id}`;
  assert.equal((await call('DELETE', path, { token: admin })).status, 403);
  await call('PATCH', path, { token: admin, body: { domain: { enabled: false } } });
  assert.equal((await call('DELETE', path, { token: admin })).status, 204);
  assert.equal((await call('GET', `/users/${user.id}`, { token: admin })).status, 404);
  assert.equal((await call('DELETE', '/domains/default', { token: admin })).status, 403);
});

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

test('many changes at once: one wins, nothing is half done', async () => {
  const body = { project: { name: 'wanted by many' } };
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => call('POST', '/projects', { token: admin, body })),
  );
  const statuses = replies.map((reply) => reply.status).toSorted();
  assert.deepEqual(statuses, [201, ...Array.from({ length: 7 }, () => 409)]);
});
