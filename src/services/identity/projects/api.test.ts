import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRoom, type Room } from '../authentication/testing.ts';
import type { Json } from '../testing.ts';

let room: Room;
let admin: Room['admin'];
before(async () => {
  room = await startRoom();
  ({ admin } = room);
});
after(() => room?.stop());

const call: Room['call'] = (...given) => room.call(...given);
const make: Room['make'] = (...given) => room.make(...given);

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
