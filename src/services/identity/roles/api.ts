import { Type } from 'typebox';
import { hexIdFor } from '../ids.ts';
import { badRequest } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { unlessDuplicate } from '../errors.ts';
import { checkDeletable, checkMutable, mergedOptions, ResourceOptions } from '../immutable.ts';
import { getProject } from '../projects/model.ts';
import { Description, nameOf, NullableId } from '../schemas.ts';
import { getRole, ROLE_COLUMNS, type StoredRole } from './model.ts';
import { roleView } from './view.ts';

const attributes = {
  description: Type.Optional(Description),
  options: Type.Optional(ResourceOptions),
  domain_id: Type.Optional(NullableId),
};

/** `/v3/roles`. */
export function roleOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredRole, request: OperationRequest) => ({
    body: { role: roleView(row, request.serviceUrl) },
  });

  return [
    operation({
      name: 'list_roles',
      method: 'GET',
      path: '/v3/roles',
      summary: 'List roles',
      success: 200,
      async handle(request) {
        let select = context.tables.selectFrom('identity.roles').select(ROLE_COLUMNS);
        // Roles of a domain are listed only when asked for.
        if (!('domain_id' in request.query)) select = select.where('domain_id', 'is', null);
        return {
          body: await collection(request, 'roles', select, {
            table: 'identity.roles',
            named: true,
            filters: { name: text('name'), domain_id: text('domain_id') },
            view: roleView,
          }),
        };
      },
    }),
    operation({
      name: 'create_role',
      method: 'POST',
      path: '/v3/roles',
      summary: 'Create a role',
      success: 201,
      body: Type.Object({ role: Type.Object({ name: nameOf(255), ...attributes }) }),
      async handle(request) {
        const { name, description, options, domain_id: domain, ...extra } = request.body.role;
        const create = context.change(async (tables) => {
          if (domain != null) {
            const row = await getProject(tables, domain, { isDomain: true, lock: 'share' });
            found(row, 'domain', domain);
          }
          return tables
            .insertInto('identity.roles')
            .values({
              id: hexIdFor(request),
              name,
              domain_id: domain ?? null,
              description: description ?? null,
              options: JSON.stringify(mergedOptions({}, options)),
              extra: JSON.stringify(extra),
            })
            .returning(ROLE_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        return document(
          await unlessDuplicate(create, 'roles_name', 'role', `name ${name}.`),
          request,
        );
      },
    }),
    operation({
      name: 'get_role',
      method: 'GET',
      path: '/v3/roles/{role_id}',
      summary: 'Show a role',
      success: 200,
      async handle(request) {
        const id = request.params['role_id']!;
        return document(found(await getRole(context.tables, id), 'role', id), request);
      },
    }),
    operation({
      name: 'update_role',
      method: 'PATCH',
      path: '/v3/roles/{role_id}',
      summary: 'Change a role',
      success: 200,
      body: Type.Object({
        role: Type.Object({ name: Type.Optional(nameOf(255)), ...attributes }),
      }),
      async handle(request) {
        const id = request.params['role_id']!;
        const { name, description, options, domain_id: domain, ...extra } = request.body.role;
        const change = context.change(async (tables) => {
          const old = found(await getRole(tables, id, 'update'), 'role', id);
          checkMutable('role', old, request.body.role);
          if (domain !== undefined && domain !== old.domain_id) {
            throw badRequest('domain_id is immutable: a role stays in its domain.');
          }
          return tables
            .updateTable('identity.roles')
            .set({
              ...(name === undefined ? {} : { name }),
              ...(description === undefined ? {} : { description }),
              options: JSON.stringify(mergedOptions(old.options, options)),
              extra: JSON.stringify({ ...old.extra, ...extra }),
            })
            .where('id', '=', id)
            .returning(ROLE_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        return document(
          await unlessDuplicate(change, 'roles_name', 'role', `name ${name ?? ''}.`),
          request,
        );
      },
    }),
    operation({
      name: 'delete_role',
      method: 'DELETE',
      path: '/v3/roles/{role_id}',
      summary: 'Delete a role and every grant of it',
      success: 204,
      async handle(request) {
        const id = request.params['role_id']!;
        await context.change(async (tables) => {
          checkDeletable('role', found(await getRole(tables, id, 'update'), 'role', id));
          await tables.deleteFrom('identity.roles').where('id', '=', id).execute();
        });
        return {};
      },
    }),
  ];
}
