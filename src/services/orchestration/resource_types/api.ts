import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { matchingStarts } from '../language/pattern.ts';
import type { ResourceType } from '../resources/type.ts';
import { projectOf } from '../requests.ts';
import { flag } from '../software_configs/api.ts';
import { typeDocument } from './schema.ts';
import { templateOf } from './template.ts';

const PATH = '/v1/{tenant_id}/resource_types';
const STATUSES = ['UNKNOWN', 'SUPPORTED', 'DEPRECATED', 'UNSUPPORTED', 'HIDDEN'];

/** The types that there are, by all their names. */
export interface Types {
  all(): readonly ResourceType[];
  find(name: string): ResourceType | undefined;
  /** A sentence with the nearest name; empty when none is near. */
  near(name: string): string;
}

const isHidden = ({ support }: ResourceType): boolean => support?.status === 'HIDDEN';

/** https://docs.openstack.org/api-ref/orchestration/v1/#resource-types */
export function resourceTypeOperations(types: Types): Operation[] {
  const required = (request: OperationRequest): { name: string; type: ResourceType } => {
    projectOf(request);
    const name = request.params['type_name']!;
    const type = types.find(name);
    if (type === undefined) {
      throw notFound(
        `The Resource Type (${name.slice(0, 255)}) could not be found.${types.near(name)}`,
        'EntityNotFound',
      );
    }
    if (isHidden(type)) throw badRequest(`${name} is not supported.`, 'NotSupported');
    return { name, type };
  };
  return [
    operation({
      name: 'list_resource_types',
      method: 'GET',
      path: PATH,
      summary: 'Types that templates may use',
      role: 'reader',
      success: 200,
      query: Type.Object({
        support_status: Type.Optional(
          Type.String({ description: `One of ${STATUSES.join(', ')}` }),
        ),
        name: Type.Optional(
          Type.String({ description: 'A regular expression that the name begins with' }),
        ),
        version: Type.Optional(
          Type.String({ description: 'Only those that came with this release of Heat' }),
        ),
        with_description: Type.Optional(Type.String({ description: 'What each is for as well' })),
      }),
      async handle(request) {
        projectOf(request);
        const status = request.query['support_status']?.at(-1);
        const expression = request.query['name']?.at(-1);
        const version = request.query['version']?.at(-1);
        const described = flag(request, 'with_description');
        if (status !== undefined && !STATUSES.includes(status)) {
          throw badRequest(
            `Invalid support status and should be one of ${STATUSES.join(', ')}`,
            'Invalid',
          );
        }
        const all = types.all();
        const named = new Set(
          expression === undefined
            ? all.map(({ name }) => name)
            : matchingStarts(
                expression,
                all.map(({ name }) => name),
              ),
        );
        const found = all.filter(
          (type) =>
            !isHidden(type) &&
            (version === undefined || type.support?.version === version) &&
            (status === undefined || (type.support?.status ?? 'SUPPORTED') === status) &&
            named.has(type.name),
        );
        return {
          body: {
            resource_types: found.map(({ name, description }) =>
              described ? { resource_type: name, description } : name,
            ),
          },
        };
      },
    }),
    operation({
      name: 'show_resource_type',
      method: 'GET',
      path: `${PATH}/{type_name}`,
      summary: 'Properties and attributes of a type',
      role: 'reader',
      success: 200,
      query: Type.Object({
        with_description: Type.Optional(Type.String({ description: 'What it is for as well' })),
      }),
      async handle(request) {
        const { name, type } = required(request);
        return { body: typeDocument(name, type, flag(request, 'with_description')) };
      },
    }),
    operation({
      name: 'show_resource_type_template',
      method: 'GET',
      path: `${PATH}/{type_name}/template`,
      summary: 'A template with one resource of a type',
      role: 'reader',
      success: 200,
      query: Type.Object({
        template_type: Type.Optional(Type.String({ description: 'hot or cfn; cfn without it' })),
      }),
      async handle(request) {
        const dialect = request.query['template_type']?.at(-1)?.toLowerCase() ?? 'cfn';
        if (dialect !== 'hot' && dialect !== 'cfn') {
          throw badRequest(
            `Template type is not supported: Invalid template type "${dialect.slice(0, 100)}", valid types are: cfn, hot.`,
          );
        }
        const { name, type } = required(request);
        return { body: templateOf(name, type, dialect) };
      },
    }),
  ];
}
