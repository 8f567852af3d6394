import { Type } from 'typebox';
import type { Operation, OperationRequest } from '../../operation.ts';
import { found } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { operation } from '../policy/operation.ts';
import { getProject } from '../projects/model.ts';
import { deleteOptions, hasOptions, readOptions, writeOptions } from './model.ts';
import { COMPLIANCE, DEFAULTS } from './options.ts';
import {
  checkCompliance,
  checkDefault,
  checkName,
  checkSections,
  noConfiguration,
  onlyNamed,
  Sections,
  Value,
} from './rules.ts';

const PATH = '/v3/domains/{domain_id}/config';

/** The depths at which a configuration can be named: all of it, a section, an option. */
const LEVELS = [
  { suffix: '', tail: '', what: 'options' },
  { suffix: '_group', tail: '/{group}', what: 'one section of options' },
  { suffix: '_option', tail: '/{group}/{option}', what: 'one option' },
] as const;

const METHODS = ['GET', 'HEAD'] as const;
const verb = (method: (typeof METHODS)[number]) => (method === 'GET' ? 'get' : 'check');

/** `/v3/domains/{id}/config`: options of a domain. They are kept; users of all domains are in this cloud's database. */
export function domainConfigurationOperations(context: IdentityContext): Operation[] {
  return [
    ...LEVELS.flatMap((level) => levelOperations(context, level)),
    ...complianceOperations(context),
    operation({
      name: 'create_domain_config',
      method: 'PUT',
      path: PATH,
      summary: 'Set the options of a domain: these and no others',
      success: 201,
      body: Type.Object({ config: Sections }),
      async handle(request) {
        const domain = request.params['domain_id']!;
        const { config } = request.body;
        checkSections(config);
        return context.change(async (tables) => {
          await checkDomain(tables, domain);
          const before = await hasOptions(tables, domain);
          await deleteOptions(tables, domain);
          await writeOptions(context, tables, domain, config);
          const body = { config: await readOptions(tables, domain) };
          return { body, status: before ? 200 : 201 };
        });
      },
    }),
  ];
}

const checkDomain = async (tables: Tables, domain: string): Promise<void> => {
  found(await getProject(tables, domain, { isDomain: true, lock: 'share' }), 'domain', domain);
};

function levelOperations(context: IdentityContext, level: (typeof LEVELS)[number]): Operation[] {
  const { suffix, tail, what } = level;
  const named = ({ params: { domain_id: domain = '', group, option } }: OperationRequest) => {
    if (group !== undefined) checkName(group, option);
    return { domain, group, option };
  };

  return [
    ...METHODS.map((method) =>
      operation({
        name: `${verb(method)}_domain_config${suffix}`,
        method,
        path: PATH + tail,
        summary: `${method === 'GET' ? 'Show' : 'Whether there are'} ${what} of a domain`,
        success: 200,
        async handle(request) {
          const { domain, group, option } = named(request);
          found(await getProject(context.tables, domain, { isDomain: true }), 'domain', domain);
          const config = await readOptions(context.tables, domain, { group, option });
          if (Object.keys(config).length === 0) throw noConfiguration(domain, group, option);
          return { body: { config: option === undefined ? config : config[group!] } };
        },
      }),
    ),
    operation({
      name: `update_domain_config${suffix}`,
      method: 'PATCH',
      path: PATH + tail,
      summary: `Change ${what} of a domain`,
      success: 200,
      body: Type.Object({
        config: suffix === '_option' ? Type.Record(Type.String(), Value) : Sections,
      }),
      async handle(request) {
        const { domain, group, option } = named(request);
        const given = (
          option === undefined ? request.body.config : { [group!]: request.body.config }
        ) as Sections;
        checkSections(given);
        const wanted = group === undefined ? given : onlyNamed(given, group, option);
        const config = await context.change(async (tables) => {
          await checkDomain(tables, domain);
          if (group !== undefined && !(await hasOptions(tables, domain, { group, option })))
            throw noConfiguration(domain, group, option);
          await writeOptions(context, tables, domain, wanted);
          return readOptions(tables, domain);
        });
        return { body: { config } };
      },
    }),
    operation({
      name: `delete_domain_config${suffix}`,
      method: 'DELETE',
      path: PATH + tail,
      summary: `Delete ${what} of a domain`,
      success: 204,
      async handle(request) {
        const { domain, group, option } = named(request);
        await context.change(async (tables) => {
          await checkDomain(tables, domain);
          if (group !== undefined && !(await hasOptions(tables, domain, { group, option })))
            throw noConfiguration(domain, group, option);
          await deleteOptions(tables, domain, { group, option });
        });
        return {};
      },
    }),
    operation({
      name: `get_domain_config${suffix}_default`,
      method: 'GET',
      path: `/v3/domains/config${tail}/default`,
      summary: `What holds for ${what} that a domain has not set`,
      success: 200,
      async handle({ params: { group, option } }) {
        if (group === undefined) return { body: { config: DEFAULTS } };
        checkDefault(group, option);
        const section = DEFAULTS[group]!;
        if (option === undefined) return { body: { config: { [group]: section } } };
        return { body: { config: { [option]: section[option] } } };
      },
    }),
  ];
}

/** What passwords must look like: everybody may know it. */
function complianceOperations(context: IdentityContext): Operation[] {
  const path = `${PATH}/security_compliance`;
  const { security_compliance: options } = context.options;
  return METHODS.flatMap((method) => [
    operation({
      name: `${verb(method)}_security_compliance_domain_config`,
      method,
      path,
      summary: 'What passwords must look like',
      success: 200,
      async handle({ params }) {
        checkCompliance(params['domain_id']!);
        const shown = Object.fromEntries(COMPLIANCE.map((name) => [name, options[name] || null]));
        return { body: { config: { security_compliance: shown } } };
      },
    }),
    operation({
      name: `${verb(method)}_security_compliance_domain_config_option`,
      method,
      path: `${path}/{option}`,
      summary: 'What passwords must look like, as a pattern or in words',
      success: 200,
      async handle({ params }) {
        const option = params['option']! as (typeof COMPLIANCE)[number];
        checkCompliance(params['domain_id']!, option);
        return { body: { config: { [option]: options[option] || null } } };
      },
    }),
  ]);
}
