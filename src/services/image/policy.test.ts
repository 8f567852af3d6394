import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { Caller } from '../identity/caller.ts';
import { policy, type Target } from './policy.ts';
import { callerOf, ImageRoom, type Answer } from './testing.ts';

const FILE = path.resolve(import.meta.dirname, '../../../docs/reference/image.md');
const [BEGIN, END] = ['<!-- policy -->', '<!-- end of policy -->'] as const;

/** With `OVENBIRD_WRITE_DOCUMENTS=1` it is written instead. */
test('the reference shows the policy that is enforced', () => {
  const page = readFileSync(FILE, 'utf8');
  const [head = '', rest = ''] = page.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  const wanted = `${head}${BEGIN}\n\n${policy.markdown()}\n\n${END}${tail}`;
  if (process.env['OVENBIRD_WRITE_DOCUMENTS'] === '1') writeFileSync(FILE, wanted);
  else assert.equal(page, wanted);
});

type Action = (typeof policy.actions)[number];

const ROLES = ['admin', 'manager', 'member', 'reader'] as const;
const rolesUpTo = (role: (typeof ROLES)[number]) => ROLES.slice(ROLES.indexOf(role));

/** Every role in: the project that owns, one that the image is shared with, another one, the system, a domain. */
const PERSONAS: readonly (readonly [name: string, caller: Caller])[] = ROLES.flatMap((role) => {
  const roles = rolesUpTo(role);
  const without = { projectId: undefined, projectName: undefined, projectDomainId: undefined };
  return [
    ...['own', 'guest', 'other'].map(
      (project) => [`${role} of ${project}`, callerOf(project, roles)] as const,
    ),
    [`${role} of the system`, { ...callerOf('s', roles), ...without, isSystem: true }] as const,
    [`${role} of a domain`, { ...callerOf('d', roles), ...without, domainId: 'default' }] as const,
  ];
});

/** What is asked for to see whether an action is allowed, and what must be allowed beside it. */
interface Probe {
  readonly also?: readonly Action[];
  /** State of the image before: default active. */
  readonly status?: string;
  /** What is asked about is no image: nobody sees or does not see it. */
  readonly noImage?: boolean;
  /** Needs no project. */
  readonly anyScope?: boolean;
  ask(who: string, id: string): Promise<Answer>;
}

let room: ImageRoom;
before(async () => {
  room = await ImageRoom.open({
    stores: { file: { store_type: 'file' }, second: { store_type: 'file' } },
  });
  for (const [name, caller] of PERSONAS) room.callers[name] = caller;
});
after(() => room?.close());

const patch = (attribute: string, value: string) => (who: string, id: string) =>
  room.call(who, 'PATCH', `/v2/images/${id}`, [{ op: 'replace', path: `/${attribute}`, value }]);
const at =
  (method: 'GET' | 'PUT' | 'POST' | 'DELETE', suffix: string, body?: unknown) =>
  (who: string, id: string) =>
    room.call(who, method, `/v2/images/${id}${suffix}`, body);
const away = (method: 'GET' | 'PUT' | 'POST', url: string, body?: unknown) => (who: string) =>
  room.call(who, method, url, body);

const PROBES: Readonly<Record<Action, Probe>> = {
  add_image: { noImage: true, ask: away('POST', '/v2/images', { owner: 'own' }) },
  get_images: { noImage: true, ask: away('GET', '/v2/images') },
  get_image: { ask: at('GET', '') },
  modify_image: { ask: patch('name', 'n') },
  delete_image: { ask: at('DELETE', '') },
  set_image_owner: { also: ['modify_image'], ask: patch('owner', 'else') },
  publicize_image: { also: ['modify_image'], ask: patch('visibility', 'public') },
  communitize_image: { also: ['modify_image'], ask: patch('visibility', 'community') },
  upload_image: { status: 'queued', ask: at('PUT', '/file', Buffer.from('data')) },
  download_image: { ask: at('GET', '/file') },
  download_deactivated_image: {
    also: ['download_image'],
    status: 'deactivated',
    ask: at('GET', '/file'),
  },
  copy_image: {
    // The operation is that of every import.
    also: ['modify_image'],
    ask: at('POST', '/import', { method: { name: 'copy-image' }, all_stores: true }),
  },
  delete_image_location: {
    anyScope: true,
    ask: (who, id) => room.call(who, 'DELETE', `/v2/stores/second/${id}`),
  },
  deactivate: { ask: at('POST', '/actions/deactivate') },
  reactivate: { status: 'deactivated', ask: at('POST', '/actions/reactivate') },
  add_member: { ask: at('POST', '/members', { member: 'new' }) },
  delete_member: { ask: at('DELETE', '/members/guest') },
  modify_member: { ask: at('PUT', '/members/guest', { status: 'accepted' }) },
  get_member: { ask: at('GET', '/members/guest') },
  get_members: { ask: at('GET', '/members') },
  tasks_api_access: { noImage: true, anyScope: true, ask: away('GET', '/v2/tasks') },
  stores_info_detail: { noImage: true, anyScope: true, ask: away('GET', '/v2/info/stores/detail') },
  get_metadef_namespace: { noImage: true, ask: away('GET', '/v2/metadefs/namespaces/Own') },
  modify_metadef_namespace: {
    noImage: true,
    anyScope: true,
    ask: away('PUT', '/v2/metadefs/namespaces/Own', { namespace: 'Own' }),
  },
};

/** What the table says comes of it. */
function expected(action: Action, probe: Probe, caller: Caller, target: Target): number {
  const actions = [action, ...(probe.also ?? [])];
  const scoped = caller.projectId !== undefined || (probe.anyScope === true && caller.isAdmin);
  // The role is looked at first: that of the operation, which is the first action's beside.
  const { role } = policy.rules[probe.also?.[0] ?? action];
  const hasRole = caller.isAdmin || caller.roles.has(role);
  if (!scoped || !hasRole) return 403;
  const seen = action === 'get_metadef_namespace' ? action : 'get_image';
  if ((probe.noImage !== true || seen === action) && !policy.allows(seen, caller, target))
    return 404;
  return actions.every((each) => policy.allows(each, caller, target)) ? 200 : 403;
}

test('every persona gets what the policy says, of images that are shared and of private ones', async () => {
  await room.call('admin', 'POST', '/v2/metadefs/namespaces', { namespace: 'Own', owner: 'own' });
  const wrong: string[] = [];
  for (const visibility of ['shared', 'private'] as const) {
    let id: string | undefined;
    for (const action of policy.actions) {
      const probe = PROBES[action];
      for (const [name, caller] of PERSONAS) {
        if (id === undefined || (await room.show(id))['id'] === undefined) {
          id = await room.create('admin of own', { container_format: 'bare' });
          await room.call('admin', 'PUT', `/v2/images/${id}/file`, Buffer.from('data'));
        }
        const status = probe.status ?? 'active';
        const stores = status === 'queued' ? '{}' : '{file,second}';
        await sql`update image.images set status = ${status}, visibility = ${visibility}, owner = 'own',
          stores = ${stores}::text[] where id = ${id}`.execute(room.database);
        await sql`delete from image.members where image_id = ${id}`.execute(room.database);
        await sql`insert into image.members (image_id, member) values (${id}, 'guest')`.execute(
          room.database,
        );
        const shared = visibility === 'shared' && caller.projectId === 'guest';
        const target: Target =
          action === 'get_metadef_namespace'
            ? { owner: 'own', visibility: 'private' }
            : { owner: 'own', visibility, shared, member: 'guest' };
        const answer = await probe.ask(name, id);
        let wanted = expected(action, probe, caller, target);
        // Members are of shared images only, and one member does not see the others.
        if (wanted === 200 && visibility === 'private' && /^(add_member|get_members)$/.test(action))
          wanted = 403;
        const got = answer.status < 300 ? 200 : answer.status;
        if (got !== wanted)
          wrong.push(`${action} of a ${visibility} image by ${name}: ${got} instead of ${wanted}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});
