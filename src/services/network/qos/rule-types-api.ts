import { badRequest, notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import { booleanOf } from '../attributes/types.ts';
import { RULE_TYPES, SUPPORTED, SUPPORTED_PARAMETERS } from './rule-types.ts';

const FILTERS = ['type', 'all_supported', 'all_rules', 'fields'];
const path = '/v2.0/qos/rule-types';

/** Which types of rules there are, and what of them is supported. */
export const ruleTypeOperations: Operation[] = [
  operation({
    name: 'get_rule_types',
    method: 'GET',
    path,
    summary: 'List the types of QoS rules that are supported',
    role: 'reader',
    success: 200,
    handle: async ({ query }) => {
      const unknown = Object.keys(query).find((name) => !FILTERS.includes(name));
      if (unknown !== undefined) {
        throw badRequest(
          `'${unknown.slice(0, 100)}' is invalid attribute for filtering rule_types.`,
          'HTTPBadRequest',
        );
      }
      const types = booleanOf(query['all_rules']?.at(-1)) ? RULE_TYPES : SUPPORTED;
      const wanted = query['type'];
      return {
        body: {
          rule_types: types
            .filter((type) => wanted === undefined || wanted.includes(type))
            .map((type) => ({ type })),
        },
      };
    },
  }),
  operation({
    name: 'get_rule_type',
    method: 'GET',
    path: `${path}/{rule_type}`,
    summary: 'Show what is supported of a type of QoS rules',
    role: 'admin',
    success: 200,
    handle: async ({ params }) => {
      const type = RULE_TYPES.find((candidate) => candidate === params['rule_type']);
      if (type === undefined) {
        throw notFound(
          `QoS rule type ${params['rule_type']!.slice(0, 255)} could not be found.`,
          'QosRuleTypeNotFound',
        );
      }
      const parameters = SUPPORTED_PARAMETERS[type];
      const drivers =
        parameters === undefined ? [] : [{ name: 'ovn', supported_parameters: parameters }];
      return { body: { rule_type: { type, drivers } } };
    },
  }),
];
