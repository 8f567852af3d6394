import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Operation } from '../../operation.ts';
import type { Caller } from '../caller.ts';
import { startTestIdentity, type TestIdentity } from '../testing.ts';
import { DOMAIN_READER, type Target } from './conditions.ts';
import { allows } from './enforce.ts';
import { POLICY, ruleOf } from './table.ts';
import { World } from './testing.ts';

/** Every operation is asked for by every persona: what the table denies is 403, what it allows is done. */
const ROLES = ['admin', 'manager', 'member', 'reader'] as const;

interface Persona {
  readonly name: string;
  readonly token: string;
  readonly caller: Caller;
}

let cloud: TestIdentity;
let world: World;
let target: Target;
const personas: Persona[] = [];

before(async () => {
  cloud = await startTestIdentity();
  const make = async (kind: string, attributes: object) => {
    const { json } = await cloud.call('POST', `/${kind}s`, cloud.admin, { [kind]: attributes });
    return json[kind].id as string;
  };
  const domain = await make('domain', { name: 'own' });
  const other = await make('domain', { name: 'other' });
  const project = await make('project', { name: 'project', domain_id: domain });
  const roles: Record<string, string> = {};
  for (const role of [...ROLES, 'service']) roles[role] = await cloud.roleId(role);
  const place = { system: '/system', domain: `/domains/${domain}`, 'other domain': `/domains/${other}`, project: `/projects/${project}` }; // prettier-ignore
  const scopes = {
    system: { system: { all: true } },
    domain: { domain: { id: domain } },
    'other domain': { domain: { id: other } },
    project: { project: { id: project } },
  };
  const login = async (user: string, scope: unknown): Promise<string> => {
    const method = { methods: ['password'], password: { user: { id: user, password: 'secret' } } };
    const reply = await cloud.authenticate(method, scope);
    assert.equal(reply.status, 201);
    return String(reply.headers['x-subject-token']);
  };
  const join = async (name: string, token: string) =>
    personas.push({ name, token, caller: (await cloud.identity.validate(token))! });
  for (const role of [...ROLES, 'service'] as const) {
    const user = await make('user', { name: role, domain_id: domain, password: 'secret' });
    for (const [name, path] of Object.entries(place)) {
      if (role === 'service' && name !== 'project') continue;
      const grant = `${path}/users/${user}/roles/${roles[role]}`;
      assert.equal((await cloud.call('PUT', grant, cloud.admin)).status, 204);
      await join(`${role} of ${name}`, await login(user, scopes[name as keyof typeof scopes]));
    }
  }
  const user = await make('user', { name: 'owner', domain_id: domain, password: 'secret' });
  const grant = `/projects/${project}/users/${user}/roles/${roles['reader']}`;
  assert.equal((await cloud.call('PUT', grant, cloud.admin)).status, 204);
  const token = await login(user, scopes.project);
  await join('the user itself', token);
  world = new World(cloud, { domain, project, user, token, roles });
  target = { domains: [domain], users: [user], project, role: 'member' };
});
after(() => cloud?.stop());

/** What the policy allows and the rest of the rules does not, here. */
const REFUSED: Readonly<Record<string, number>> = {
  ec2tokens_validate: 401, // nobody signed anything
  s3tokens_validate: 401,
  get_auth_catalog: 403, // but for projects
};

async function request(operation: Operation) {
  const params: Record<string, string> = {};
  for (const [, name] of operation.path.matchAll(/\{(\w+)\}/g))
    params[name!] = await world.value(name!, operation);
  await world.prepare(operation, params);
  let path = operation.path.slice(3).replace(/\{(\w+)\}/g, (_, name: string) => params[name]!);
  if (operation.name === 'list_trusts') path += `?trustor_user_id=${world.place.user}`;
  const body = operation.body && (await world.body(operation));
  return (token: string) =>
    cloud.call(operation.method, path, token, body, {
      'x-subject-token': subject ?? world.place.token,
    });
}
/** A token that may be revoked. */
let subject: string | undefined;

const DENIED = /not authorized to perform the requested action: identity:|^Policy doesn't allow /;

test('every operation has a rule, and every rule an operation', () => {
  const names = cloud.identity.operations.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [...POLICY.keys()].toSorted());
});

test('each persona does what the table allows, and nothing else', async () => {
  const wrong: string[] = [];
  let asked = 0;
  for (const operation of cloud.identity.operations) {
    const rule = ruleOf(operation.name);
    if (operation.role === 'public') continue;
    const needs = new Set(rule.flatMap((condition) => condition.needs));
    const shared = await request(operation);
    for (const { name, token, caller } of personas) {
      if (name.includes('other domain') && !needs.has('domains')) continue;
      // Lists show what is in the token's own domain.
      const listed = operation.name.startsWith('list_') && !operation.path.includes('{');
      const judged = listed ? { ...target, domains: [caller.domainId] } : target;
      const allowed = allows(operation.name, caller, judged);
      if (operation.name === 'revoke_token') {
        const again = { methods: ['token'], token: { id: world.place.token } };
        const scope = { project: { id: world.place.project } };
        subject = String((await cloud.authenticate(again, scope)).headers['x-subject-token']);
      }
      const changes = operation.method !== 'GET' && operation.method !== 'HEAD';
      const ask = allowed && changes ? await request(operation) : shared;
      const { status, json } = await ask(token);
      subject = undefined;
      asked++;
      const denied = status === 403 && (json === undefined || DENIED.test(json.error.message));
      const done = status < 300 || status === REFUSED[operation.name];
      const leaks = listed && name.includes('reader of other domain') && allowed;
      if (leaks && ruleOf(operation.name).includes(DOMAIN_READER))
        assert.ok(!JSON.stringify(json).includes(`"${target.domains?.[0]}"`), operation.name);
      if (allowed ? !done : !denied)
        wrong.push(
          `${operation.name} as ${name}: ${allowed ? 'allowed' : 'denied'}, yet ${status} ${JSON.stringify(json)}`,
        );
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(asked > 2000, `${asked} requests`);
});
