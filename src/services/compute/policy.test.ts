import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { newHexId, newUuid } from '../../core/ids.ts';
import type { Caller } from '../identity/caller.ts';
import type { Operation } from '../operation.ts';
import { policy, SERVER_ACTIONS, type PolicyAction } from './policy.ts';
import { ACTIONS } from './servers/actions.ts';
import { ADDRESS_ACTIONS } from './servers/addresses.ts';
import { strictOperations } from './strict.ts';
import { startTestCompute, type TestClient, type TestCompute } from './testing.ts';

const FILE = path.resolve(import.meta.dirname, '../../../docs/reference/compute.md');
const [BEGIN, END] = ['<!-- policy -->', '<!-- end of policy -->'] as const;
const API = '/compute/v2.1';

/** With `OVENBIRD_WRITE_DOCUMENTS=1` it is written instead. */
test('the reference shows the policy that is enforced', () => {
  const page = readFileSync(FILE, 'utf8');
  const [head = '', rest = ''] = page.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  const wanted = `${head}${BEGIN}\n\n${policy.markdown()}\n\n${END}${tail}`;
  if (process.env['OVENBIRD_WRITE_DOCUMENTS'] === '1') writeFileSync(FILE, wanted);
  else assert.equal(page, wanted);
});

test('each action of servers has a rule', () => {
  assert.deepEqual(
    Object.keys({ ...ACTIONS, ...ADDRESS_ACTIONS }).filter(
      (name) => !Object.hasOwn(SERVER_ACTIONS, name),
    ),
    [],
  );
});

const ROLES = ['admin', 'manager', 'member', 'reader'] as const;

/** Every role in the project that owns, in another one, in the system and in a domain; and one without any of them. */
function personas(own: Caller): (readonly [name: string, caller: Caller])[] {
  const of = (roles: readonly string[], more: Partial<Caller>): Caller => ({
    ...own,
    userId: newHexId(),
    roles: new Set(roles),
    isAdmin: roles.includes('admin'),
    ...more,
  });
  const nowhere = { projectId: undefined, projectName: undefined, projectDomainId: undefined };
  return [
    ...ROLES.flatMap((role) => {
      const roles = ROLES.slice(ROLES.indexOf(role));
      return [
        [`${role} of the project`, of(roles, {})] as const,
        [`${role} of another one`, of(roles, { projectId: newHexId() })] as const,
        [`${role} of the system`, of(roles, { ...nowhere, isSystem: true })] as const,
        [`${role} of a domain`, of(roles, { ...nowhere, domainId: 'default' })] as const,
      ];
    }),
    ['somebody else in the project', of(['auditor'], {})],
  ];
}

describe('policy', () => {
  let room: TestCompute;
  let owner: TestClient;
  let server: string;
  let clients: (readonly [name: string, client: TestClient])[];
  before(async () => {
    room = await startTestCompute();
    await room.host('h1');
    owner = room.member();
    server = await room.server(owner);
    await room.becomes(owner, server, 'ACTIVE');
    clients = personas(owner.caller).map(([name, caller]) => [name, room.as(caller)] as const);
  });
  after(() => room.stop());

  const hasRole = ({ isAdmin, roles }: Caller, role: Operation['role']): boolean =>
    isAdmin || role === 'authenticated' || roles.has(role);

  test('operations ask for the role that the policy names, and do not know other projects’ servers', async () => {
    const wrong: string[] = [];
    for (const operation of room.compute.operations) {
      const { method, role, projectScope, since, until } = operation;
      const version = since ?? (until === undefined || until === '2.96' ? '2.96' : until);
      const values: Record<string, string> = { project_id: owner.caller.projectId! };
      for (const [name, client] of clients) {
        const { caller } = client;
        if (operation.name === 'delete_server') {
          const isThere = await owner.ask('GET', `${API}/servers/${server}`);
          if (isThere.status === 404) server = await room.server(owner);
        }
        const target = operation.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) =>
          parameter === 'server_id' ? server : (values[parameter] ?? newUuid()),
        );
        const { status } = await client.ask(method, `/compute${target}`, undefined, version);
        const needsProject = projectScope ?? !['admin', 'authenticated'].includes(role);
        const may = hasRole(caller, role) && !(needsProject && caller.projectId === undefined);
        const isForeign = !caller.isAdmin && caller.projectId !== owner.caller.projectId;
        const isServers = operation.path.includes('{server_id}');
        // A body that is missing is told before it is looked whose server it is.
        // What is gone is so for everybody, whoever the server belongs to.
        const good =
          operation.success === 410
            ? status === 410
            : !may
              ? status === 403
              : isForeign && isServers
                ? status === 404 || status === 400
                : isForeign && operation.path.includes('{project_id}')
                  ? status === (operation.name === 'show_default_quota' ? 200 : 403)
                  : status !== 401 && status !== 403 && status < 600;
        if (!good) wrong.push(`${operation.name} by ${name}: ${status}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test('actions of servers have a policy each', async () => {
    const bodies: Record<string, unknown> = {
      reboot: { type: 'SOFT' },
      rebuild: { imageRef: newUuid() },
      createImage: { name: 'i' },
      addSecurityGroup: { name: 'g' },
      removeSecurityGroup: { name: 'g' },
      'os-resetState': { state: 'active' },
      resize: { flavorRef: '1' },
      changePassword: { adminPass: 'x' },
      createBackup: { name: 'b', backup_type: 'daily', rotation: 1 },
      evacuate: { onSharedStorage: false },
      addFloatingIp: { address: '1.2.3.4' },
      removeFloatingIp: { address: '1.2.3.4' },
      addFixedIp: { networkId: newUuid() },
      removeFixedIp: { address: '1.2.3.4' },
      'os-migrateLive': { host: null, block_migration: false, disk_over_commit: false },
    };
    const wrong: string[] = [];
    for (const [action, rule] of Object.entries(SERVER_ACTIONS)) {
      if (
        !Object.hasOwn({ ...ACTIONS, ...ADDRESS_ACTIONS }, action) &&
        action !== 'os-getConsoleOutput'
      )
        continue;
      for (const [name, client] of clients) {
        const reply = await client.ask('POST', `${API}/servers/${newUuid()}/action`, {
          [action]: bodies[action] ?? null,
        });
        const may =
          hasRole(client.caller, policy.role(rule)) && client.caller.projectId !== undefined;
        if (reply.status !== (may ? 404 : 403)) wrong.push(`${action} by ${name}: ${reply.status}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test('what needs more than the operation does', async () => {
    const create = async (more: object) => ({
      server: {
        name: 's',
        imageRef: room.image(),
        flavorRef: await room.flavor(),
        networks: 'none',
        ...more,
      },
    });
    const forced = await create({ availability_zone: 'nova:h1' });
    const requested = await create({ host: 'h1' });
    const probes: Partial<Record<PolicyAction, (client: TestClient) => Promise<boolean>>> = {
      'servers:index:get_all_tenants': async (client) =>
        (await client.ask('GET', `${API}/servers?all_tenants=1`)).status !== 403,
      'servers:create:forced_host': async (client) =>
        (await client.ask('POST', `${API}/servers`, forced, '2.37')).status !== 403,
      'servers:create:requested_destination': async (client) =>
        (await client.ask('POST', `${API}/servers`, requested, '2.74')).status !== 403,
      'servers:show:host_status': async (client) =>
        'host_status' in (await client.get(`${API}/servers/${server}`, '2.16'))['server'],
      'os-extended-server-attributes': async (client) =>
        'OS-EXT-SRV-ATTR:host' in (await client.get(`${API}/servers/${server}`, '2.3'))['server'],
      'servers:allow_all_filters': async (client) =>
        (await client.get(`${API}/servers?node=nowhere`))['servers'].length === 0,
      'os-instance-actions:events:details': async (client) => {
        const actions = `${API}/servers/${server}/os-instance-actions`;
        const [{ request_id: id }] = (await client.get(actions))['instanceActions'];
        const { events } = (await client.get(`${actions}/${id}`, '2.84'))['instanceAction'];
        assert.equal('details' in events[0], 'traceback' in events[0]);
        return 'details' in events[0];
      },
      'limits:other_project': async (client) =>
        (await client.ask('GET', `${API}/limits?tenant_id=${newHexId()}`)).status !== 403,
      'os-keypairs:index': async (client) =>
        (await client.ask('GET', `${API}/os-keypairs?user_id=${newHexId()}`, undefined, '2.10'))
          .status !== 403,
      'os-keypairs:create': async (client) => {
        const keypair = { name: 'k', user_id: newHexId() };
        return (await client.ask('POST', `${API}/os-keypairs`, { keypair }, '2.10')).status !== 403;
      },
    };
    // The one of before may have been deleted.
    server = await room.server(owner);
    await room.becomes(owner, server, 'ACTIVE');
    for (const [action, probe] of Object.entries(probes) as [
      PolicyAction,
      (typeof probes)[PolicyAction],
    ][])
      for (const [name, client] of clients) {
        const { caller } = client;
        // Only those who may call the operation, and see the server.
        if (caller.projectId !== owner.caller.projectId) continue;
        if (
          !caller.roles.has(
            action.includes('create:') && action.startsWith('servers') ? 'member' : 'reader',
          )
        )
          continue;
        assert.equal(
          await probe!(client),
          policy.allows(action, caller, {}),
          `${action} by ${name}`,
        );
      }
  });

  test('tables name operations that there are', () => {
    const names = new Set(room.compute.operations.map(({ name }) => name));
    assert.deepEqual(
      strictOperations().filter((name) => !names.has(name)),
      [],
    );
  });
});
