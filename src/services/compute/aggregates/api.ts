import { Type } from 'typebox';
import { badRequest, conflict, notFound, type Fault } from '../../../core/errors.ts';
import { transact, violatedConstraint, type Transaction } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { has } from '../microversions.ts';
import {
  addHost,
  deleteAggregate,
  insertAggregate,
  loadAggregates,
  lockAggregates,
  removeHost,
  serversOn,
  updateAggregate,
  type Aggregate,
} from './model.ts';
import { changedMetadata, ZONE_KEY, zoneConflict, zoneOfAggregate, zoneOfHost } from './rules.ts';

const Name = Type.String({ minLength: 1, maxLength: 255, pattern: '\\S' });
/** A colon separates zone and host in `availability_zone` of a new server. */
const Zone = Type.Union([
  Type.String({ minLength: 1, maxLength: 255, pattern: '^\\s*[^:\\s](?:[^:]*[^:\\s])?\\s*$' }),
  Type.Null(),
]);
const HostName = Type.Object(
  { host: Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9-._]*$' }) },
  { additionalProperties: false },
);
const Metadata = Type.Record(
  Type.String({ pattern: '^[a-zA-Z0-9-_:. ]{1,255}$' }),
  Type.Union([Type.String({ maxLength: 255 }), Type.Null()]),
  { additionalProperties: false },
);
const ActionBody = Type.Object(
  {
    add_host: Type.Optional(HostName),
    remove_host: Type.Optional(HostName),
    set_metadata: Type.Optional(
      Type.Object({ metadata: Metadata }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false, minProperties: 1, maxProperties: 1 },
);

/** Naive and with microseconds, as Nova prints the times of aggregates. */
const time = (value: Date | null): string | null =>
  value && value.toISOString().slice(0, 23) + '000';

const basic = (aggregate: Aggregate, request: OperationRequest) => ({
  id: aggregate.id,
  name: aggregate.name,
  availability_zone: zoneOfAggregate(aggregate) ?? null,
  created_at: time(aggregate.createdAt),
  updated_at: time(aggregate.updatedAt),
  deleted: false,
  deleted_at: null,
  ...(has(request.microversion, 'aggregateUuid') ? { uuid: aggregate.uuid } : {}),
});

const view = (aggregate: Aggregate, request: OperationRequest) => ({
  ...basic(aggregate, request),
  hosts: aggregate.hosts,
  metadata: aggregate.metadata,
});

const impossible = (verb: string, id: number, reason: string): string =>
  `Cannot ${verb} aggregate ${id}. Reason: ${reason}.`;

/** https://docs.openstack.org/api-ref/compute/#host-aggregates-os-aggregates */
export function aggregateOperations({ database, hosts, placement }: ComputeContext): Operation[] {
  const common = { success: 200 } as const;

  /** The aggregate of the path and all of them, which nobody else changes until the transaction ends. */
  async function claim(transaction: Transaction, request: OperationRequest) {
    const text = request.params['aggregate_id']!;
    if (!/^-?\d{1,9}$/.test(text))
      throw badRequest(`Invalid input received: id must be an integer: ${text.slice(0, 100)}`);
    await lockAggregates(transaction, 'change');
    const all = await loadAggregates(transaction);
    const aggregate = all.find(({ id }) => id === Number(text));
    if (!aggregate) throw notFound(`Aggregate ${text} could not be found.`);
    return { all, aggregate };
  }

  /** Fails when hosts with servers would come to another zone, or hosts of another zone into this one. */
  async function checkZone(
    transaction: Transaction,
    all: readonly Aggregate[],
    aggregate: Aggregate,
    zone: string | null | undefined,
  ): Promise<void> {
    if (zone === undefined) return;
    const refuse = (reason: string) => badRequest(impossible('update', aggregate.id, reason));
    if (zone === null || zone === '')
      throw refuse(`Aggregate ${aggregate.name} does not support empty named availability zone`);
    const reason = zoneConflict(all, aggregate, aggregate.hosts, zone);
    if (reason !== undefined) throw refuse(reason);
    if (zone !== zoneOfAggregate(aggregate) && (await serversOn(transaction, aggregate.hosts)) > 0)
      throw refuse('One or more hosts contain instances in this zone');
  }

  /** Fails when the host's servers would find themselves in another zone. */
  async function checkMove(
    transaction: Transaction,
    host: string,
    from: string,
    to: string,
    refuse: (reason: string) => Fault,
  ): Promise<void> {
    if (from === to) return;
    const count = await serversOn(transaction, [host]);
    if (count > 0)
      throw refuse(
        `the availability zone of the host would change from '${from}' to '${to}' but the host already has ${count} instance(s). Move the instances away from this host then try again`,
      );
  }

  const nameTaken = (name: string) => (error: unknown) => {
    if (violatedConstraint(error) !== 'aggregates_name_unique') throw error;
    throw conflict(`Aggregate ${name} already exists.`);
  };
  const answer = async (request: OperationRequest, id: number) => {
    const [aggregate] = await loadAggregates(database, id);
    if (!aggregate) throw notFound(`Aggregate ${id} could not be found.`);
    return { body: { aggregate: view(aggregate, request) } };
  };

  async function act(
    transaction: Transaction,
    request: OperationRequest,
    body: {
      readonly add_host?: { readonly host: string };
      readonly remove_host?: { readonly host: string };
      readonly set_metadata?: { readonly metadata: Readonly<Record<string, string | null>> };
    },
  ): Promise<number> {
    const { all, aggregate } = await claim(transaction, request);
    const { id, uuid, metadata } = aggregate;
    if (body.set_metadata) {
      const change = body.set_metadata.metadata;
      await checkZone(transaction, all, aggregate, change[ZONE_KEY]);
      const changed = changedMetadata(metadata, change);
      await updateAggregate(transaction, id, { name: aggregate.name, metadata: changed });
      return id;
    }
    const name = (body.add_host ?? body.remove_host!).host;
    const host = (await hosts.list(transaction)).find((one) => one.name === name);
    const before = zoneOfHost(all, name);
    if (body.add_host) {
      if (!host) throw notFound(`Compute host ${name} could not be found.`);
      if (aggregate.hosts.includes(name))
        throw conflict(`Aggregate ${id} already has host ${name}.`);
      const refuse = (reason: string) => conflict(impossible('add host to', id, reason));
      const zone = zoneOfAggregate(aggregate);
      const reason = zone === undefined ? undefined : zoneConflict(all, aggregate, [name], zone);
      if (reason !== undefined) throw refuse(reason);
      await checkMove(transaction, name, before, zone ?? before, refuse);
      await addHost(transaction, id, name);
      await placement.changeMembership(transaction, host.id, uuid, true);
      return id;
    }
    if (!aggregate.hosts.includes(name))
      throw notFound(`Cannot remove host ${name} in aggregate ${id}`);
    const rest = all.filter((other) => other.id !== id);
    await checkMove(transaction, name, before, zoneOfHost(rest, name), (reason) =>
      conflict(impossible('remove host from', id, reason)),
    );
    await removeHost(transaction, id, name);
    if (host) await placement.changeMembership(transaction, host.id, uuid, false);
    return id;
  }

  return [
    operation({
      ...common,
      name: 'list_aggregates',
      role: policy.role('os-aggregates:index'),
      method: 'GET',
      path: '/v2.1/os-aggregates',
      summary: 'Groups of hosts',
      async handle(request) {
        const all = await loadAggregates(database);
        return { body: { aggregates: all.map((one) => view(one, request)) } };
      },
    }),
    operation({
      ...common,
      name: 'create_aggregate',
      role: policy.role('os-aggregates:create'),
      method: 'POST',
      path: '/v2.1/os-aggregates',
      summary: 'Make a group of hosts, perhaps a zone',
      body: Type.Object(
        {
          aggregate: Type.Object(
            { name: Name, availability_zone: Type.Optional(Zone) },
            { additionalProperties: false },
          ),
        },
        { additionalProperties: false },
      ),
      async handle(request) {
        const { name: given, availability_zone: zone } = request.body.aggregate;
        const name = given.trim();
        const id = await transact(database, (transaction) =>
          insertAggregate(transaction, name, zone ? { [ZONE_KEY]: zone.trim() } : {}),
        ).catch(nameTaken(name));
        const [aggregate] = await loadAggregates(database, id);
        return { body: { aggregate: basic(aggregate!, request) } };
      },
    }),
    operation({
      ...common,
      name: 'show_aggregate',
      role: policy.role('os-aggregates:show'),
      method: 'GET',
      path: '/v2.1/os-aggregates/{aggregate_id}',
      summary: 'One group of hosts',
      async handle(request) {
        const { aggregate } = await transact(database, (transaction) =>
          claim(transaction, request),
        );
        return { body: { aggregate: view(aggregate, request) } };
      },
    }),
    operation({
      ...common,
      name: 'update_aggregate',
      role: policy.role('os-aggregates:update'),
      method: 'PUT',
      path: '/v2.1/os-aggregates/{aggregate_id}',
      summary: 'Rename a group of hosts, or change its zone',
      body: Type.Object(
        {
          aggregate: Type.Object(
            { name: Type.Optional(Name), availability_zone: Type.Optional(Zone) },
            { additionalProperties: false, minProperties: 1 },
          ),
        },
        { additionalProperties: false },
      ),
      async handle(request) {
        const given = request.body.aggregate;
        const zone = given.availability_zone?.trim() ?? given.availability_zone;
        const name = given.name?.trim();
        const id = await transact(database, async (transaction) => {
          const { all, aggregate } = await claim(transaction, request as OperationRequest);
          await checkZone(transaction, all, aggregate, zone);
          await updateAggregate(transaction, aggregate.id, {
            name: name ?? aggregate.name,
            metadata: zone ? { ...aggregate.metadata, [ZONE_KEY]: zone } : aggregate.metadata,
          });
          return aggregate.id;
        }).catch(nameTaken(name ?? ''));
        return answer(request as OperationRequest, id);
      },
    }),
    operation({
      ...common,
      name: 'delete_aggregate',
      role: policy.role('os-aggregates:delete'),
      method: 'DELETE',
      path: '/v2.1/os-aggregates/{aggregate_id}',
      summary: 'Delete a group without hosts',
      async handle(request) {
        await transact(database, async (transaction) => {
          const { aggregate } = await claim(transaction, request);
          if (aggregate.hosts.length > 0)
            throw badRequest(
              impossible(
                'remove',
                aggregate.id,
                'Host aggregate is not empty: remove its hosts first',
              ),
            );
          await deleteAggregate(transaction, aggregate.id);
        });
        return {};
      },
    }),
    operation({
      ...common,
      name: 'aggregate_action',
      role: policy.role('os-aggregates:action'),
      method: 'POST',
      path: '/v2.1/os-aggregates/{aggregate_id}/action',
      summary: 'Add or remove a host, set metadata: add_host, remove_host, set_metadata',
      body: ActionBody,
      async handle(request) {
        const id = await transact(database, (transaction) =>
          act(transaction, request as OperationRequest, request.body),
        );
        return answer(request as OperationRequest, id);
      },
    }),
  ];
}
