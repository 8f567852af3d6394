import { notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';

/** Things that clients list by habit and that nobody can make here: there are none. */
const NONE = [
  {
    name: 'migrations',
    path: '/v2.1/os-migrations',
    member: 'migrations',
    one: 'Migration',
    role: 'admin',
  },
] as const;

export const emptyOperations = (): Operation[] =>
  NONE.flatMap(({ name, path, member, one, role }) => [
    operation({
      name: `list_${name}`,
      method: 'GET',
      path,
      summary: `There are no ${name.replaceAll('_', ' ')}`,
      role,
      success: 200,
      handle: async () => ({ body: { [member]: [] } }),
    }),
    operation({
      name: `show_${name}`,
      method: 'GET',
      path: `${path}/{id}`,
      summary: `There are no ${name.replaceAll('_', ' ')}`,
      role,
      success: 200,
      async handle(request) {
        throw notFound(`${one} ${request.params['id']!.slice(0, 255)} could not be found.`);
      },
    }),
  ]);
