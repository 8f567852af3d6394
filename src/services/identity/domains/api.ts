import { Type } from 'typebox';
import { forbidden } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { collection, flag, found, text } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { unlessDuplicate } from '../errors.ts';
import { checkDeletable, checkMutable, mergedOptions, ResourceOptions } from '../immutable.ts';
import { enforce, visibleDomain } from '../policy/enforce.ts';
import {
  deleteProject,
  getProject,
  PROJECT_COLUMNS,
  updateProject,
  type StoredProject,
} from '../projects/model.ts';
import { Description, Enabled, nameOf, Tags } from '../schemas.ts';
import { insertDomain } from './model.ts';
import { domainView } from './view.ts';

const attributes = {
  description: Type.Optional(Description),
  enabled: Type.Optional(Enabled),
  options: Type.Optional(ResourceOptions),
  tags: Type.Optional(Tags),
};

/** `/v3/domains`. */
export function domainOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredProject, request: OperationRequest) => ({
    body: { domain: domainView(row, request.serviceUrl) },
  });

  return [
    operation({
      name: 'list_domains',
      method: 'GET',
      path: '/v3/domains',
      summary: 'List domains',
      success: 200,
      async handle(request) {
        const own = visibleDomain('list_domains', request.caller);
        const all = context.tables
          .selectFrom('identity.projects')
          .select(PROJECT_COLUMNS)
          .where('is_domain', '=', true);
        const select = own === undefined ? all : all.where('id', '=', own);
        return {
          body: await collection(request, 'domains', select, {
            table: 'identity.projects',
            named: true,
            filters: { name: text('name'), enabled: flag('enabled') },
            view: domainView,
          }),
        };
      },
    }),
    operation({
      name: 'create_domain',
      method: 'POST',
      path: '/v3/domains',
      summary: 'Create a domain',
      success: 201,
      body: Type.Object({
        domain: Type.Object({
          name: nameOf(64),
          explicit_domain_id: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$' })),
          ...attributes,
        }),
      }),
      async handle(request) {
        const { name, description, enabled, options, tags, ...rest } = request.body.domain;
        const { explicit_domain_id: id, ...extra } = rest;
        const domain = { id, name, description, enabled, options, tags, extra };
        const create = insertDomain(context, domain);
        return document(
          await unlessDuplicate(create, 'projects_pkey', 'domain', `ID ${id ?? ''}.`),
          request,
        );
      },
    }),
    operation({
      name: 'get_domain',
      method: 'GET',
      path: '/v3/domains/{domain_id}',
      summary: 'Show a domain',
      success: 200,
      async handle(request) {
        const id = request.params['domain_id']!;
        enforce('get_domain', request.caller, { domains: [id] });
        const row = await getProject(context.tables, id, { isDomain: true });
        return document(found(row, 'domain', id), request);
      },
    }),
    operation({
      name: 'update_domain',
      method: 'PATCH',
      path: '/v3/domains/{domain_id}',
      summary: 'Change a domain',
      success: 200,
      body: Type.Object({
        domain: Type.Object({ name: Type.Optional(nameOf(64)), ...attributes }),
      }),
      async handle(request) {
        const id = request.params['domain_id']!;
        const { name, description, enabled, options, tags, ...extra } = request.body.domain;
        const change = context.change(async (tables) => {
          const row = await getProject(tables, id, { isDomain: true, lock: 'update' });
          const old = found(row, 'domain', id);
          checkMutable('domain', old, request.body.domain);
          return updateProject(tables, id, {
            ...(name === undefined ? {} : { name }),
            ...(description === undefined ? {} : { description: description ?? '' }),
            ...(enabled === undefined ? {} : { enabled }),
            ...(tags === undefined ? {} : { tags: JSON.stringify(tags) }),
            options: JSON.stringify(mergedOptions(old.options, options)),
            extra: JSON.stringify({ ...old.extra, ...extra }),
          });
        });
        return document(
          await unlessDuplicate(change, 'projects_name', 'domain', `name ${name ?? ''}.`),
          request,
        );
      },
    }),
    operation({
      name: 'delete_domain',
      method: 'DELETE',
      path: '/v3/domains/{domain_id}',
      summary: 'Delete a disabled domain and all in it',
      success: 204,
      async handle(request) {
        const id = request.params['domain_id']!;
        await context.change(async (tables) => {
          const row = await getProject(tables, id, { isDomain: true, lock: 'update' });
          const domain = found(row, 'domain', id);
          checkDeletable('domain', domain);
          if (id === 'default') throw forbidden('The default domain cannot be deleted.');
          if (domain.enabled) {
            throw forbidden('Cannot delete a domain that is enabled, please disable it first.');
          }
          await deleteProject(tables, id);
        });
        return {};
      },
    }),
  ];
}
