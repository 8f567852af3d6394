import { Type } from 'typebox';
import { forbidden } from '../../../core/errors.ts';
import type { Database } from '../../../database/database.ts';
import { operation, type Operation } from '../../operation.ts';
import { usageOf } from '../allocations/model.ts';
import { missingQuery } from '../errors.ts';
import { cached } from '../links.ts';
import { requireProvider } from '../providers/model.ts';

/** https://docs.openstack.org/api-ref/placement/#usages */
export const usageOperations = (database: Database): Operation[] => [
  operation({
    name: 'list_resource_provider_usages',
    method: 'GET',
    path: '/resource_providers/{uuid}/usages',
    summary: 'How much of a provider is taken',
    role: 'admin',
    projectScope: false,
    success: 200,
    async handle(request) {
      const provider = await requireProvider(database, request.params['uuid']!);
      return {
        body: {
          resource_provider_generation: provider.generation,
          usages: Object.fromEntries(
            Object.entries(provider.inventories).map(([name, inventory]) => [name, inventory.used]),
          ),
        },
        headers: cached(request, provider.updatedAt),
      };
    },
  }),
  operation({
    name: 'list_usages',
    method: 'GET',
    path: '/usages',
    summary: 'How much a project has taken',
    role: 'reader',
    projectScope: false,
    success: 200,
    since: '1.9',
    query: Type.Object({
      project_id: Type.Optional(Type.String()),
      user_id: Type.Optional(Type.String()),
    }),
    async handle(request) {
      const projectId = request.query['project_id']?.[0];
      if (projectId === undefined)
        throw missingQuery("Invalid query string parameters: 'project_id' is a required property");
      if (!request.caller.isAdmin && request.caller.projectId !== projectId)
        throw forbidden('The usages of another project are only for administrators.');
      const usages = await usageOf(database, projectId, request.query['user_id']?.[0]);
      return { body: { usages }, headers: cached(request) };
    },
  }),
];
