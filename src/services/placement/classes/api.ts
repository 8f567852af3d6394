import { Type } from 'typebox';
import { badRequest, conflict, notFound } from '../../../core/errors.ts';
import type { Database } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { cached, pathOf } from '../links.ts';
import { addClass, deleteClass, findClass, listClasses, type ResourceClass } from './model.ts';
import { STANDARD_CLASSES, checkCustomName } from './rules.ts';

const view = (found: ResourceClass, request: OperationRequest) => ({
  name: found.name,
  links: [{ rel: 'self', href: pathOf(request, `/resource_classes/${found.name}`) }],
});

const missing = (name: string) => notFound(`No such resource class: ${name}.`);

/** https://docs.openstack.org/api-ref/placement/#resource-classes */
export const classOperations = (database: Database): Operation[] => [
  operation({
    name: 'list_resource_classes',
    method: 'GET',
    path: '/resource_classes',
    summary: 'All resource classes',
    role: 'admin',
    projectScope: false,
    success: 200,
    since: '1.2',
    handle: async (request) => ({
      body: {
        resource_classes: (await listClasses(database)).map((found) => view(found, request)),
      },
      headers: cached(request),
    }),
  }),
  operation({
    name: 'create_resource_class',
    method: 'POST',
    path: '/resource_classes',
    summary: 'Make a custom resource class',
    role: 'admin',
    projectScope: false,
    success: 201,
    since: '1.2',
    body: Type.Object({ name: Type.String() }, { additionalProperties: false }),
    async handle(request) {
      const { name } = request.body;
      checkCustomName(name, 'resource class');
      if (!(await addClass(database, name)))
        throw conflict(`Conflicting resource class already exists: ${name}.`);
      return { headers: { location: pathOf(request, `/resource_classes/${name}`) } };
    },
  }),
  operation({
    name: 'show_resource_class',
    method: 'GET',
    path: '/resource_classes/{name}',
    summary: 'One resource class',
    role: 'admin',
    projectScope: false,
    success: 200,
    since: '1.2',
    async handle(request) {
      const found = await findClass(database, request.params['name']!);
      if (!found) throw missing(request.params['name']!);
      return { body: view(found, request), headers: cached(request, found.updatedAt) };
    },
  }),
  operation({
    name: 'ensure_resource_class',
    method: 'PUT',
    path: '/resource_classes/{name}',
    summary: 'Make a custom resource class unless it is there',
    role: 'admin',
    projectScope: false,
    success: 201,
    since: '1.7',
    async handle(request) {
      const name = request.params['name']!;
      checkCustomName(name, 'resource class');
      const made = await addClass(database, name);
      return {
        status: made ? 201 : 204,
        headers: { location: pathOf(request, `/resource_classes/${name}`) },
      };
    },
  }),
  operation({
    name: 'rename_resource_class',
    method: 'PUT',
    path: '/resource_classes/{name}',
    summary: 'Rename a custom resource class',
    role: 'admin',
    projectScope: false,
    success: 200,
    since: '1.2',
    until: '1.6',
    body: Type.Object({ name: Type.String() }, { additionalProperties: false }),
    async handle(request) {
      const old = request.params['name']!;
      const { name } = request.body;
      checkCustomName(name, 'resource class');
      const removed = STANDARD_CLASSES.includes(old) ? 'inUse' : await deleteClass(database, old);
      if (removed === 'missing') throw missing(old);
      if (removed === 'inUse')
        throw conflict(`Resource class ${old} is standard or in use and keeps its name.`);
      await addClass(database, name);
      return { body: view({ name, updatedAt: undefined }, request) };
    },
  }),
  operation({
    name: 'delete_resource_class',
    method: 'DELETE',
    path: '/resource_classes/{name}',
    summary: 'Delete a custom resource class',
    role: 'admin',
    projectScope: false,
    success: 204,
    since: '1.2',
    async handle(request) {
      const name = request.params['name']!;
      if (STANDARD_CLASSES.includes(name))
        throw badRequest(`Cannot delete standard resource class ${name}.`);
      const result = await deleteClass(database, name);
      if (result === 'missing') throw missing(name);
      if (result === 'inUse') throw conflict(`Resource class ${name} is in use in inventory.`);
      return {};
    },
  }),
];
