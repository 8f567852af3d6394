import { sql } from 'kysely';
import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import { Invalid } from '../attributes/attribute.ts';
import type { Change } from '../change.ts';
import { find, findOwned, roleOf, type AnyNoun } from '../collections/noun.ts';
import { checkRole } from '../errors.ts';
import type { Room } from '../collections/operations.ts';
import { MOST_TAGS, tagsOf } from './tag-list.ts';

interface TaggedRow {
  readonly id: string;
  readonly tags: readonly string[];
}

const body = Type.Object({
  tags: Type.Array(Type.String(), { description: `At most ${MOST_TAGS} tags` }),
});

function checkTags(tags: readonly string[]): string[] {
  try {
    return tagsOf(tags);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    throw badRequest(`Invalid input for tags. Reason: ${error.message}.`, 'InvalidInput');
  }
}

/** Replaces the tags by what the function makes of them. */
async function changeTags(
  room: Room,
  noun: AnyNoun,
  caller: Caller,
  id: string,
  next: (tags: readonly string[]) => readonly string[],
): Promise<string[]> {
  return room.commit(async (change: Change) => {
    const row: TaggedRow = await findOwned(
      change.transaction,
      noun,
      caller,
      id,
      `update_${noun.plural}_tags`,
    );
    checkRole(caller, roleOf(noun).role, `update_${noun.plural}_tags`);
    const tags = checkTags(next(row.tags));
    await sql`update ${sql.table(noun.table)} set tags = ${tags}::text[],
      revision_number = revision_number + 1, updated_at = now() where id = ${row.id}`.execute(
      change.transaction,
    );
    change.touch(`${noun.singular}:${row.id}`);
    return tags;
  });
}

const tagNotFound = (tag: string) => notFound(`Tag ${tag} could not be found.`, 'TagNotFound');

/** Tags of a noun's objects: the list as a whole, and each by itself. */
export function tagOperations(room: Room, noun: AnyNoun): Operation[] {
  const path = `${noun.path}/{${noun.parameter}}/tags`;
  const limits = roleOf(noun);
  const idOf = (params: Readonly<Record<string, string>>) => params[noun.parameter]!;
  const read = (caller: Caller, id: string): Promise<TaggedRow> =>
    find(room.database, noun, caller, id);
  return [
    operation({
      name: `get_${noun.plural}_tags`,
      method: 'GET',
      path,
      summary: `List the tags of one of the ${noun.plural}`,
      role: 'reader',
      success: 200,
      handle: async ({ caller, params }) => ({
        body: { tags: (await read(caller, idOf(params))).tags },
      }),
    }),
    operation({
      name: `update_${noun.plural}_tags`,
      method: 'PUT',
      path,
      summary: 'Replace all tags',
      ...limits,
      success: 200,
      body,
      handle: async ({ caller, params, body: { tags } }) => ({
        body: { tags: await changeTags(room, noun, caller, idOf(params), () => tags) },
      }),
    }),
    operation({
      name: `create_${noun.plural}_tags`,
      method: 'POST',
      path,
      summary: 'Add several tags',
      ...limits,
      success: 201,
      body,
      handle: async ({ caller, params, body: { tags } }) => ({
        body: {
          tags: await changeTags(room, noun, caller, idOf(params), (present) => [
            ...present,
            ...tags,
          ]),
        },
      }),
    }),
    operation({
      name: `delete_${noun.plural}_tags`,
      method: 'DELETE',
      path,
      summary: 'Remove all tags',
      ...limits,
      success: 204,
      handle: async ({ caller, params }) => {
        await changeTags(room, noun, caller, idOf(params), () => []);
        return {};
      },
    }),
    operation({
      name: `get_${noun.plural}_tag`,
      method: 'GET',
      path: `${path}/{tag}`,
      summary: 'Tell whether there is such a tag',
      role: 'reader',
      success: 204,
      handle: async ({ caller, params }) => {
        const row = await read(caller, idOf(params));
        if (!row.tags.includes(params['tag']!)) throw tagNotFound(params['tag']!);
        return {};
      },
    }),
    operation({
      name: `update_${noun.plural}_tag`,
      method: 'PUT',
      path: `${path}/{tag}`,
      summary: 'Add a tag',
      ...limits,
      success: 201,
      handle: async ({ caller, params }) => {
        await changeTags(room, noun, caller, idOf(params), (present) => [
          ...present,
          params['tag']!,
        ]);
        return {};
      },
    }),
    operation({
      name: `delete_${noun.plural}_tag`,
      method: 'DELETE',
      path: `${path}/{tag}`,
      summary: 'Remove a tag',
      ...limits,
      success: 204,
      handle: async ({ caller, params }) => {
        await changeTags(room, noun, caller, idOf(params), (present) => {
          if (!present.includes(params['tag']!)) throw tagNotFound(params['tag']!);
          return present.filter((tag) => tag !== params['tag']);
        });
        return {};
      },
    }),
  ];
}
