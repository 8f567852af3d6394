import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api.ts';
import type { TestCloud } from './cloud.ts';

export interface Network {
  readonly id: string;
  readonly subnetId: string;
  readonly routerId?: string;
}

export interface Server {
  readonly id: string;
  readonly name: string;
  readonly portId: string;
  readonly address: string;
}

/** The steps that many stories share, as one project takes them through the API. */
export class Scenario {
  readonly cloud: TestCloud;
  readonly api: ApiClient;
  private openGroup: string | undefined;

  constructor(cloud: TestCloud, api: ApiClient) {
    this.cloud = cloud;
    this.api = api;
  }

  /** A network with one subnet and, if asked, a router to `public`. */
  async network(name: string, cidr: string, options: { router?: boolean } = {}): Promise<Network> {
    const { network } = await this.api.post('/network/v2.0/networks', { network: { name } });
    const { subnet } = await this.api.post('/network/v2.0/subnets', {
      subnet: { network_id: network.id, ip_version: 4, cidr, name },
    });
    if (!options.router) return { id: network.id, subnetId: subnet.id };
    const { router } = await this.api.post('/network/v2.0/routers', {
      router: { name, external_gateway_info: { network_id: await this.publicNetwork() } },
    });
    await this.api.put(`/network/v2.0/routers/${router.id}/add_router_interface`, {
      subnet_id: subnet.id,
    });
    return { id: network.id, subnetId: subnet.id, routerId: router.id };
  }

  async publicNetwork(): Promise<string> {
    return (await this.api.get('/network/v2.0/networks?name=public')).networks[0].id as string;
  }

  /** A security group that lets everything out and nothing in. */
  async securityGroup(name: string): Promise<string> {
    return (await this.api.post('/network/v2.0/security-groups', { security_group: { name } }))
      .security_group.id as string;
  }

  async rule(
    group: string,
    rule: { protocol: string; port?: number; remoteGroup?: string },
  ): Promise<string> {
    const { security_group_rule: made } = await this.api.post(
      '/network/v2.0/security-group-rules',
      {
        security_group_rule: {
          security_group_id: group,
          direction: 'ingress',
          ethertype: 'IPv4',
          protocol: rule.protocol,
          ...(rule.port === undefined
            ? {}
            : { port_range_min: rule.port, port_range_max: rule.port }),
          ...(rule.remoteGroup === undefined ? {} : { remote_group_id: rule.remoteGroup }),
        },
      },
    );
    return made.id as string;
  }

  /** A security group that lets ping and TCP in; one for the scenario. */
  async open(): Promise<string> {
    if (this.openGroup === undefined) {
      this.openGroup = await this.securityGroup('open');
      await this.rule(this.openGroup, { protocol: 'icmp' });
      await this.rule(this.openGroup, { protocol: 'tcp', port: 80 });
    }
    return this.openGroup;
  }

  /** A busybox server that is ACTIVE, on a port of its own. */
  async server(
    name: string,
    networkId: string,
    options: { groups?: string[]; userData?: string; address?: string } = {},
  ): Promise<Server> {
    const { port } = await this.api.post('/network/v2.0/ports', {
      port: {
        network_id: networkId,
        ...(options.groups ? { security_groups: options.groups } : {}),
        ...(options.address ? { fixed_ips: [{ ip_address: options.address }] } : {}),
      },
    });
    const { server } = await this.api.post('/compute/v2.1/servers', {
      server: {
        name,
        imageRef: await this.image(),
        flavorRef: await this.flavor(),
        networks: [{ port: port.id }],
        ...(options.userData
          ? { user_data: Buffer.from(options.userData).toString('base64') }
          : {}),
      },
    });
    await this.becomes(server.id, 'ACTIVE');
    return { id: server.id, name, portId: port.id, address: port.fixed_ips[0].ip_address };
  }

  async image(): Promise<string> {
    return (await this.api.get('/image/v2/images?name=busybox')).images[0].id as string;
  }

  async flavor(name = 'm1.tiny'): Promise<string> {
    const { flavors } = await this.api.get('/compute/v2.1/flavors');
    return (flavors as { id: string; name: string }[]).find((flavor) => flavor.name === name)!.id;
  }

  /** Waits for a status; fails at once with the fault when the server is in ERROR. */
  async becomes(id: string, status: string, milliseconds = 60_000): Promise<void> {
    const end = Date.now() + milliseconds;
    for (;;) {
      const { server } = await this.api.get(`/compute/v2.1/servers/${id}`);
      if (server.status === status) return;
      if (server.status === 'ERROR')
        throw new Error(`server ${server.name}: ${JSON.stringify(server.fault)}`);
      if (Date.now() > end)
        throw new Error(`server ${server.name} is ${server.status}, not ${status}`);
      await sleep(50);
    }
  }

  /** Deletes a server made by `server` and its port; resolves when both are gone. */
  async remove(server: Server): Promise<void> {
    await this.api.delete(`/compute/v2.1/servers/${server.id}`);
    const end = Date.now() + 60_000;
    while ((await this.api.call('GET', `/compute/v2.1/servers/${server.id}`)).status !== 404) {
      if (Date.now() > end) throw new Error(`server ${server.name} is still there`);
      await sleep(50);
    }
    await this.api.delete(`/network/v2.0/ports/${server.portId}`);
  }

  /** A floating IP of `public` on the server's port. */
  async floatingIp(server: Server): Promise<{ id: string; address: string }> {
    const { floatingip } = await this.api.post('/network/v2.0/floatingips', {
      floatingip: { floating_network_id: await this.publicNetwork(), port_id: server.portId },
    });
    return { id: floatingip.id, address: floatingip.floating_ip_address };
  }
}
