import { sql } from 'kysely';
import type { Caller } from '../../identity/caller.ts';
import type { Change } from '../change.ts';
import { findOwned } from '../collections/noun.ts';
import type { Mechanisms } from '../drivers/mechanisms.ts';
import type { NetworkChange, NewPort, PortBinding, PortSummary } from '../contract.ts';
import type { Projector } from '../../../ovn/desired.ts';
import { touchNames, type NamedPort } from '../dns/touch.ts';
import { invalidInput, portInUse, portNotUsableDns, securityGroupNotFound } from '../errors.ts';
import { touchLoggedPort } from '../logs/coverage.ts';
import { release } from '../resource_requests/allocations.ts';
import { checkStatefulness, findGroups } from '../security_groups/lookup.ts';
import { afterBinding, isInTrunk, trunkDown } from '../trunks/parents.ts';
import { createPortsFor, type PortPlan } from './create.ts';
import { portNoun } from './noun.ts';
import { deletePort } from './rules.ts';
import { portSummary } from './summaries.ts';

/** What compute does to ports, inside its own transaction: see `NetworkChange`. */
export class ServerPortsChange implements NetworkChange {
  readonly #change: Change;
  readonly #projector: Projector;
  /** Those beside OVN, which the projector is for. */
  readonly #mechanisms: Mechanisms;

  constructor(change: Change, projector: Projector, mechanisms: Mechanisms) {
    this.#change = change;
    this.#projector = projector;
    this.#mechanisms = mechanisms;
  }

  get owners(): ReadonlySet<string> {
    return this.#change.owners;
  }

  mark(): void {
    this.#projector.mark(...this.#change.owners);
    void this.#mechanisms.postcommit(this.#change.owners);
  }

  settled(timeoutMilliseconds?: number): Promise<boolean> {
    if (this.#change.owners.size === 0) return Promise.resolve(true);
    void this.#mechanisms.postcommit(this.#change.owners);
    return this.#projector.settled([...this.#change.owners], timeoutMilliseconds);
  }

  async createPort(caller: Caller, port: NewPort): Promise<PortSummary> {
    const [id] = await this.createPorts(caller, [port]);
    return portSummary(this.#change.transaction, id!);
  }

  async createPorts(caller: Caller, ports: readonly NewPort[]): Promise<string[]> {
    if (ports.length === 0) return [];
    const { transaction } = this.#change;
    const groupIds = new Map<string, string[]>();
    const plans: PortPlan[] = [];
    for (const port of ports) {
      const projectId = port.projectId ?? caller.projectId ?? '';
      const key = JSON.stringify([projectId, port.securityGroups]);
      if (port.securityGroups !== undefined && !groupIds.has(key)) {
        const groups = await findGroups(transaction, projectId, port.securityGroups);
        groupIds.set(
          key,
          groups.map(({ id }) => id),
        );
      }
      plans.push({
        ...(port.id === undefined ? {} : { id: port.id }),
        project_id: projectId,
        name: port.name,
        network_id: port.networkId,
        mac_address: port.macAddress,
        fixed_ips: port.fixedIps?.map(({ subnetId, ipAddress }) => ({
          ...(subnetId === undefined ? {} : { subnet_id: subnetId }),
          ...(ipAddress === undefined ? {} : { ip_address: ipAddress }),
        })),
        security_groups: groupIds.get(key),
        device_id: port.deviceId,
        device_owner: port.deviceOwner,
        binding_host_id: port.host,
        dns_name: port.dnsName,
      });
    }
    const ids = await createPortsFor(this.#change, caller, plans);
    await this.#mechanisms.precommit(this.#change);
    return ids;
  }

  async bindPort(
    caller: Caller | undefined,
    portId: string,
    binding: PortBinding,
  ): Promise<PortSummary> {
    const { transaction } = this.#change;
    const port =
      caller === undefined
        ? await portSummary(transaction, portId)
        : await findOwned(transaction, portNoun, caller, portId, 'update_port').then(({ id }) =>
            portSummary(transaction, id),
          );
    if (port.deviceOwner.startsWith('network:')) {
      throw invalidInput(`port ${portId} belongs to ${port.deviceOwner}, no server can have it.`);
    }
    if (port.deviceOwner === 'trunk:subport') {
      throw invalidInput(
        `port ${portId} is a subport of a trunk, its packets come through the parent port.`,
      );
    }
    // In one statement with the check: of two servers that want the port one gets it.
    const allocation =
      binding.allocation === undefined
        ? sql`binding_profile`
        : sql`binding_profile || ${JSON.stringify({ allocation: binding.allocation })}::jsonb`;
    const { rows } = await sql<NamedPort>`
      update network.ports set device_id = ${binding.deviceId}, device_owner = ${binding.deviceOwner},
        binding_host_id = ${binding.host}, binding_failed = false, binding_profile = ${allocation},
        dns_name = case when dns_name = '' then ${binding.dnsName ?? ''} else dns_name end,
        revision_number = revision_number + 1, updated_at = now()
      where id = ${portId} and device_id in ('', ${binding.deviceId})
      returning id, network_id, dns_name`.execute(transaction);
    const [row] = rows;
    if (row === undefined) throw portInUse(portId, port.networkId, port.deviceId);
    if (binding.dnsName !== undefined && row.dns_name !== binding.dnsName)
      throw portNotUsableDns(portId, binding.deviceId, row.dns_name ?? '', binding.dnsName);
    await afterBinding(this.#change, { id: portId, binding_host_id: port.host }, binding.host);
    await touchNames(this.#change, rows);
    this.#change.touch(`port:${portId}`);
    await this.#mechanisms.precommit(this.#change);
    return portSummary(transaction, portId);
  }

  async unbindPort(portId: string): Promise<void> {
    await release(this.#change, portId);
    // The name goes with the server that it was the name of, as in Nova.
    const { rows } = await sql<NamedPort>`
      update network.ports p set device_id = '', device_owner = '', binding_host_id = '', binding_failed = false,
        binding_profile = p.binding_profile - 'allocation', dns_name = '',
        revision_number = p.revision_number + 1, updated_at = now()
      from (select id, dns_name from network.ports where id = ${portId} for no key update) before
      where p.id = before.id and p.device_owner not like 'network:%'
      returning p.id, p.network_id, before.dns_name`.execute(this.#change.transaction);
    await trunkDown(this.#change, portId);
    await touchNames(this.#change, rows);
    this.#change.touch(`port:${portId}`);
    await this.#mechanisms.precommit(this.#change);
  }

  async deletePort(portId: string): Promise<void> {
    // A trunk's parent was given a meaning of its own: it stays, without the server.
    if (await isInTrunk(this.#change, portId)) return this.unbindPort(portId);
    await deletePort(this.#change, portId);
    await this.#mechanisms.precommit(this.#change);
  }

  async addSecurityGroup(caller: Caller, deviceId: string, group: string): Promise<void> {
    const { transaction } = this.#change;
    const ports = await this.#filteredPorts(deviceId);
    for (const { id, project_id: projectId } of ports) {
      const [found] = await findGroups(
        transaction,
        caller.isAdmin ? projectId : (caller.projectId ?? ''),
        [group],
      );
      await sql`insert into network.port_security_groups (port_id, security_group_id)
        values (${id}, ${found!.id}) on conflict do nothing`.execute(transaction);
      const groups = await sql<{ id: string; stateful: boolean }>`
        select g.id, g.stateful from network.security_groups g
        join network.port_security_groups m on m.security_group_id = g.id
        where m.port_id = ${id}`.execute(transaction);
      checkStatefulness(
        new Map(groups.rows.map((row) => [row.id, row.stateful])),
        groups.rows.map((row) => row.id),
      );
      await touchLoggedPort(this.#change, id);
      await this.#bump(id);
    }
    await this.#mechanisms.precommit(this.#change);
  }

  async removeSecurityGroup(caller: Caller, deviceId: string, group: string): Promise<void> {
    const { transaction } = this.#change;
    let removed = 0n;
    for (const { id, project_id: projectId } of await this.#filteredPorts(deviceId)) {
      const [found] = await findGroups(
        transaction,
        caller.isAdmin ? projectId : (caller.projectId ?? ''),
        [group],
      );
      await touchLoggedPort(this.#change, id);
      const result = await sql`delete from network.port_security_groups
        where port_id = ${id} and security_group_id = ${found!.id}`.execute(transaction);
      removed += result.numAffectedRows ?? 0n;
      await this.#bump(id);
    }
    if (removed === 0n) throw securityGroupNotFound(group);
    await this.#mechanisms.precommit(this.#change);
  }

  async #filteredPorts(deviceId: string): Promise<{ id: string; project_id: string }[]> {
    const ports = await this.#change.transaction
      .selectFrom('network.ports')
      .select(['id', 'project_id'])
      .where('device_id', '=', deviceId)
      .where('device_owner', 'not like', 'network:%')
      .where('port_security_enabled', '=', true)
      .orderBy('id')
      .forNoKeyUpdate()
      .execute();
    return ports;
  }

  #bump(portId: string): Promise<unknown> {
    this.#change.touch(`port:${portId}`);
    return sql`update network.ports set revision_number = revision_number + 1, updated_at = now()
      where id = ${portId}`.execute(this.#change.transaction);
  }
}
