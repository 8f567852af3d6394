import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { LARGEST_PAGE } from '../paging.ts';
import { policy } from '../policy.ts';
import { until } from '../microversions.ts';
import { requireServer } from '../servers/model.ts';
import { asGroupFault, askNeutron } from './neutron.ts';
import { groupIn, groupsIn, groupView, ruleIn, ruleView } from './view.ts';

/** Neutron's groups through Nova's door: gone with 2.36, but clients add groups to servers through it. */
const UNTIL = until('networkProxies');

const GroupBody = Type.Object(
  {
    security_group: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 255 }),
        description: Type.Optional(Type.String({ maxLength: 255 })),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
const Port = Type.Optional(
  Type.Union([
    Type.Integer({ minimum: -1, maximum: 65_535 }),
    Type.String({ pattern: '^(-1|[0-9]{1,5})$' }),
    Type.Null(),
  ]),
);
const RuleBody = Type.Object(
  {
    security_group_rule: Type.Object(
      {
        parent_group_id: Type.String({ format: 'uuid' }),
        ip_protocol: Type.Optional(Type.Union([Type.String({ maxLength: 40 }), Type.Null()])),
        from_port: Port,
        to_port: Port,
        cidr: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])),
        group_id: Type.Optional(Type.Union([Type.String({ format: 'uuid' }), Type.Null()])),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

/** `limit` and `offset` of a list; what is no whole number is a 400. */
function rangeOf(query: OperationRequest['query']): { limit: number; offset: number } {
  const read = (name: string, otherwise: number): number => {
    const text = query[name]?.at(-1);
    if (text === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(text))
      throw badRequest(
        `Invalid input for query parameters ${name}. Value: ${text.slice(0, 100)}. It must be a non-negative integer.`,
      );
    return Number(text);
  };
  return { limit: Math.min(read('limit', LARGEST_PAGE), LARGEST_PAGE), offset: read('offset', 0) };
}

/** https://docs.openstack.org/api-ref/compute/#security-groups-os-security-groups-deprecated */
export function securityGroupOperations(context: ComputeContext): Operation[] {
  const { database, network } = context;
  const path = '/v2.1/os-security-groups';
  const one = `${path}/{security_group_id}`;
  const rules = '/v2.1/os-security-group-rules';
  const list = async (request: OperationRequest, query: OperationRequest['query']) =>
    groupsIn(await askNeutron(network, request, 'get_security_groups', { query }));
  const ask: typeof askNeutron = (...given) => askNeutron(...given).catch(asGroupFault);
  const ids = (request: OperationRequest) => ({
    security_group_id: request.params['security_group_id']!,
  });

  return [
    operation({
      name: 'list_security_groups',
      method: 'GET',
      path,
      summary: "The project's security groups",
      role: policy.role('os-security-groups:get'),
      success: 200,
      until: UNTIL,
      async handle(request) {
        const { caller, query } = request;
        const everywhere =
          caller.isAdmin && /^(1|t|true|on|y|yes)$/i.test(query['all_tenants']?.at(-1) ?? '');
        const { limit, offset } = rangeOf(query);
        const all = await list(request, everywhere ? {} : { project_id: [caller.projectId ?? ''] });
        const groups = all.slice(offset, offset + limit);
        return { body: { security_groups: groups.map((group) => groupView(group, all)) } };
      },
    }),
    operation({
      name: 'create_security_group',
      method: 'POST',
      path,
      summary: 'Make a security group',
      role: policy.role('os-security-groups:create'),
      success: 200,
      until: UNTIL,
      body: GroupBody,
      async handle(request) {
        const made = groupIn(
          await ask(network, request, 'create_security_group', { body: request.body }),
        );
        return { body: { security_group: groupView(made, []) } };
      },
    }),
    operation({
      name: 'show_security_group',
      method: 'GET',
      path: one,
      summary: 'One security group',
      role: policy.role('os-security-groups:show'),
      success: 200,
      until: UNTIL,
      async handle(request) {
        const group = groupIn(
          await ask(network, request, 'get_security_group', { params: ids(request) }),
        );
        return { body: { security_group: groupView(group, await list(request, {})) } };
      },
    }),
    operation({
      name: 'update_security_group',
      method: 'PUT',
      path: one,
      summary: 'Rename or describe a security group',
      role: policy.role('os-security-groups:update'),
      success: 200,
      until: UNTIL,
      body: GroupBody,
      async handle(request) {
        const group = groupIn(
          await ask(network, request, 'update_security_group', {
            params: ids(request),
            body: request.body,
          }),
        );
        return { body: { security_group: groupView(group, await list(request, {})) } };
      },
    }),
    operation({
      name: 'delete_security_group',
      method: 'DELETE',
      path: one,
      summary: 'Delete a security group',
      role: policy.role('os-security-groups:delete'),
      success: 202,
      until: UNTIL,
      async handle(request) {
        await ask(network, request, 'delete_security_group', { params: ids(request) });
        return {};
      },
    }),
    operation({
      name: 'create_security_group_rule',
      method: 'POST',
      path: rules,
      summary: 'Let traffic in',
      role: policy.role('os-security-groups:rule:create'),
      success: 200,
      until: UNTIL,
      body: RuleBody,
      async handle(request) {
        const given = request.body.security_group_rule;
        const port = (value: string | number | null | undefined) =>
          value === undefined || value === null || Number(value) === -1 ? null : Number(value);
        const rule = ruleIn(
          await ask(network, request, 'create_security_group_rule', {
            body: {
              security_group_rule: {
                security_group_id: given.parent_group_id,
                direction: 'ingress',
                ethertype: given.cidr?.includes(':') ? 'IPv6' : 'IPv4',
                protocol: given.ip_protocol?.toLowerCase() ?? null,
                port_range_min: port(given.from_port),
                port_range_max: port(given.to_port),
                ...(given.group_id ? { remote_group_id: given.group_id } : {}),
                ...(given.cidr ? { remote_ip_prefix: given.cidr } : {}),
              },
            },
          }),
        );
        const groups =
          rule.remote_group_id === null ? [] : await list(request, { id: [rule.remote_group_id] });
        return { body: { security_group_rule: ruleView(rule, groups[0]) } };
      },
    }),
    operation({
      name: 'delete_security_group_rule',
      method: 'DELETE',
      path: `${rules}/{security_group_rule_id}`,
      summary: 'Let traffic in no longer',
      role: policy.role('os-security-groups:rule:delete'),
      success: 202,
      until: UNTIL,
      async handle(request) {
        await ask(network, request, 'delete_security_group_rule', {
          params: { security_group_rule_id: request.params['security_group_rule_id']! },
        });
        return {};
      },
    }),
    operation({
      name: 'list_server_security_groups',
      method: 'GET',
      path: '/v2.1/servers/{server_id}/os-security-groups',
      summary: "The security groups on a server's ports",
      role: policy.role('os-security-groups:list'),
      success: 200,
      async handle(request) {
        const server = await requireServer(database, request.caller, request.params['server_id']!);
        const ports = await network.portsOfDevices(database, [server.id]);
        const used = [...new Set(ports.flatMap(({ securityGroupIds }) => securityGroupIds))];
        const groups = used.length === 0 ? [] : await list(request, { id: used });
        return { body: { security_groups: groups.map((group) => groupView(group, groups)) } };
      },
    }),
  ];
}
