import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { projectOf } from '../requests.ts';
import { flag } from '../software_configs/api.ts';
import { readGiven, type DefinitionRequest } from '../templates/request.ts';
import { validate } from './validate.ts';

/** Errors that a client may ask not to be told: a type whose service is not there. */
const IGNORABLE = ['99001'];

/** https://docs.openstack.org/api-ref/orchestration/v1/#validate-template */
export function validationOperations(
  context: Pick<OrchestrationContext, 'types' | 'configuration'>,
): Operation[] {
  return [
    operation({
      name: 'validate_template',
      method: 'POST',
      path: '/v1/{tenant_id}/validate',
      summary: 'Judge a template, and tell what its parameters are',
      role: 'reader',
      success: 200,
      bodyLimit: 4 * 1024 * 1024,
      body: Type.Object({
        template: Type.Optional(Type.Unknown()),
        template_url: Type.Optional(Type.Unknown()),
        environment: Type.Optional(Type.Unknown()),
        environment_files: Type.Optional(Type.Unknown()),
        files: Type.Optional(Type.Unknown()),
        parameters: Type.Optional(Type.Unknown()),
      }),
      query: Type.Object({
        show_nested: Type.Optional(
          Type.String({ description: 'The parameters of nested templates as well' }),
        ),
        ignore_errors: Type.Optional(
          Type.String({ description: `Errors that do not count: ${IGNORABLE.join(', ')}` }),
        ),
      }),
      async handle(request) {
        const project = projectOf(request);
        const codes = (request.query['ignore_errors']?.at(-1) ?? '').split(',').filter(Boolean);
        const invalid = codes.filter((code) => !IGNORABLE.includes(code));
        if (invalid.length > 0) {
          throw badRequest(`Invalid codes in ignore_errors : ${JSON.stringify(invalid)}`);
        }
        const given = readGiven(request.body as DefinitionRequest);
        const { types } = context;
        const { region } = context.configuration;
        const ignoresTypes = codes.length > 0;
        return {
          body: validate(
            given,
            { types, region, project, ignoresTypes },
            flag(request, 'show_nested'),
          ),
        };
      },
    }),
  ];
}
