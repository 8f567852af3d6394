import { Type } from 'typebox';
import { badRequest, conflict, notFound } from '../../../core/errors.ts';
import { transact, violatedConstraint, type Database } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { cached, newest, addressOf, pathOf } from '../links.ts';
import { since, until } from '../microversions.ts';
import { addName, deleteName, findName, listNames, type Named } from '../names.ts';
import { RESOURCE_CLASSES, renameClass } from './model.ts';
import { STANDARD_CLASSES, checkCustomName } from './rules.ts';

const view = ({ name }: Pick<Named, 'name'>, request: OperationRequest) => ({
  name,
  links: [{ rel: 'self', href: pathOf(request, `/resource_classes/${name}`) }],
});

const missing = (name: string) => notFound(`No such resource class ${name.slice(0, 255)}.`);

/** https://docs.openstack.org/api-ref/placement/#resource-classes */
export function classOperations(database: Database): Operation[] {
  const common = { role: 'admin', projectScope: false, since: since('resourceClasses') } as const;
  const Body = Type.Object({ name: Type.String() }, { additionalProperties: false });
  return [
    operation({
      ...common,
      name: 'list_resource_classes',
      method: 'GET',
      path: '/resource_classes',
      summary: 'All resource classes',
      success: 200,
      async handle(request) {
        const all = await listNames(database, RESOURCE_CLASSES);
        return {
          body: { resource_classes: all.map((found) => view(found, request)) },
          headers: cached(request, newest(all.map(({ updatedAt }) => updatedAt))),
        };
      },
    }),
    operation({
      ...common,
      name: 'create_resource_class',
      method: 'POST',
      path: '/resource_classes',
      summary: 'Make a custom resource class',
      success: 201,
      body: Body,
      async handle(request) {
        const { name } = request.body;
        checkCustomName(name, 'resource class');
        if (!(await addName(database, RESOURCE_CLASSES, name)))
          throw conflict(`Conflicting resource class already exists: ${name}`);
        return { headers: { location: addressOf(request, `/resource_classes/${name}`) } };
      },
    }),
    operation({
      ...common,
      name: 'show_resource_class',
      method: 'GET',
      path: '/resource_classes/{name}',
      summary: 'One resource class',
      success: 200,
      async handle(request) {
        const name = request.params['name']!;
        const found = await findName(database, RESOURCE_CLASSES, name);
        if (!found) throw missing(name);
        return { body: view(found, request), headers: cached(request, found.updatedAt) };
      },
    }),
    operation({
      ...common,
      name: 'ensure_resource_class',
      method: 'PUT',
      path: '/resource_classes/{name}',
      summary: 'Make a custom resource class unless it is there',
      success: 201,
      since: since('ensureResourceClass'),
      async handle(request) {
        const name = request.params['name']!;
        checkCustomName(name, 'resource class');
        const made = await addName(database, RESOURCE_CLASSES, name);
        return {
          status: made ? 201 : 204,
          headers: {
            location: addressOf(request as OperationRequest, `/resource_classes/${name}`),
          },
        };
      },
    }),
    operation({
      ...common,
      name: 'rename_resource_class',
      method: 'PUT',
      path: '/resource_classes/{name}',
      summary: 'Rename a custom resource class',
      success: 200,
      until: until('renameResourceClass'),
      body: Body,
      async handle(request) {
        const old = request.params['name']!;
        const { name } = request.body;
        checkCustomName(name, 'resource class');
        if (STANDARD_CLASSES.includes(old))
          throw badRequest(`Cannot update standard resource class ${old}`);
        const renamed = await transact(database, (transaction) =>
          renameClass(transaction, old, name),
        ).catch((error: unknown) => {
          if (violatedConstraint(error) === undefined) throw error;
          throw conflict(`Resource class already exists: ${name}`);
        });
        if (!renamed) throw missing(old);
        return { body: view({ name }, request) };
      },
    }),
    operation({
      ...common,
      name: 'delete_resource_class',
      method: 'DELETE',
      path: '/resource_classes/{name}',
      summary: 'Delete a custom resource class',
      success: 204,
      async handle(request) {
        const name = request.params['name']!;
        if (STANDARD_CLASSES.includes(name))
          throw badRequest(
            `Error in delete resource class: Cannot delete standard resource class ${name}.`,
          );
        const result = await transact(database, (transaction) =>
          deleteName(transaction, RESOURCE_CLASSES, name),
        );
        if (result === 'missing') throw missing(name);
        if (result === 'inUse')
          throw conflict(
            `Error in delete resource class: Cannot delete resource class ${name}. Class is in use in inventory.`,
          );
        return {};
      },
    }),
  ];
}
