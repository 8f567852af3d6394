import { Type } from 'typebox';
import { notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import { VERSIONS, type Version } from '../language/index.ts';
import { projectOf } from '../requests.ts';
import { flag } from '../software_configs/api.ts';
import { DESCRIPTIONS } from './descriptions.ts';

const PATH = '/v1/{tenant_id}/template_versions';

const nameOf = ({ key, name }: Version): string => `${key}.${name}`;
const aliasesOf = ({ key, alias }: Version): string[] =>
  alias === undefined ? [] : [`${key}.${alias}`];

/** https://docs.openstack.org/api-ref/orchestration/v1/#templates */
export function templateVersionOperations(): Operation[] {
  return [
    operation({
      name: 'list_template_versions',
      method: 'GET',
      path: PATH,
      summary: 'Versions of templates',
      role: 'reader',
      success: 200,
      async handle(request) {
        projectOf(request);
        const versions = VERSIONS.map((version) => ({
          version: nameOf(version),
          type: version.dialect,
          aliases: aliasesOf(version),
        }));
        return {
          body: {
            template_versions: versions.toSorted((one, other) =>
              one.version < other.version ? -1 : 1,
            ),
          },
        };
      },
    }),
    operation({
      name: 'list_template_functions',
      method: 'GET',
      path: `${PATH}/{template_version}/functions`,
      summary: 'Functions of a version of templates',
      role: 'reader',
      success: 200,
      query: Type.Object({
        with_condition_func: Type.Optional(
          Type.String({ description: 'Those of conditions as well' }),
        ),
      }),
      async handle(request) {
        projectOf(request);
        const name = request.params['template_version']!;
        const version = VERSIONS.find(
          (one) => nameOf(one) === name || aliasesOf(one).includes(name),
        );
        if (version === undefined) {
          throw notFound(`Template with version ${name.slice(0, 255)} not found`, 'NotFound');
        }
        const names = new Set(version.functions.keys());
        if (flag(request, 'with_condition_func')) {
          for (const one of version.conditionFunctions.keys()) names.add(one);
        }
        return {
          body: {
            template_functions: [...names].map((one) => ({
              functions: one,
              description: DESCRIPTIONS[one] ?? '',
            })),
          },
        };
      },
    }),
  ];
}
