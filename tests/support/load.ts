import { setTimeout as sleep } from 'node:timers/promises';
import { Scenario, type Network } from './scenario.ts';

/** What clients do all day: create a server and delete it, make networks and remove them; remembers what was acknowledged. */
export class Load {
  /** Ids whose creation was acknowledged and whose deletion was not. */
  readonly servers = new Set<string>();
  readonly networks = new Set<string>();
  private readonly scenario: Scenario;
  private readonly network: Network;
  /** Creations that were acknowledged, deleted since or not. */
  acknowledged = 0;
  private stopped = false;

  constructor(scenario: Scenario, network: Network) {
    this.scenario = scenario;
    this.network = network;
  }

  stop(): void {
    this.stopped = true;
  }

  async run(): Promise<void> {
    const image = await this.scenario.image();
    const flavor = await this.scenario.flavor();
    await Promise.all([this.runServers(image, flavor), this.runNetworks()]);
  }

  private async runServers(image: string, flavor: string): Promise<void> {
    for (let turn = 0; !this.stopped; turn++) {
      const made = await quietly(() =>
        this.scenario.api.call('POST', '/compute/v2.1/servers', {
          server: {
            name: `load-${turn}`,
            imageRef: image,
            flavorRef: flavor,
            networks: [{ uuid: this.network.id }],
          },
        }),
      );
      if (made?.status === 202) {
        this.acknowledged++;
        this.servers.add(made.body['server'].id);
        await sleep(Math.random() * 600);
        // Every other one stays, to be looked at afterwards.
        if (turn % 2 === 0) await this.deleteServer(made.body['server'].id);
      }
      await sleep(100);
    }
  }

  private async deleteServer(id: string): Promise<void> {
    // Asked for, it may be gone even when no answer comes; only a refusal says that it is still there.
    this.servers.delete(id);
    const answer = await quietly(() =>
      this.scenario.api.call('DELETE', `/compute/v2.1/servers/${id}`),
    );
    if (answer !== undefined && answer.status >= 400 && answer.status < 500) this.servers.add(id);
  }

  private async runNetworks(): Promise<void> {
    for (let turn = 0; !this.stopped; turn++) {
      const made = await quietly(() =>
        this.scenario.api.call('POST', '/network/v2.0/networks', {
          network: { name: `load-${turn}` },
        }),
      );
      if (made?.status === 201) {
        const { id } = made.body['network'];
        this.acknowledged++;
        this.networks.add(id);
        if (turn % 2 === 0) {
          this.networks.delete(id);
          const answer = await quietly(() =>
            this.scenario.api.call('DELETE', `/network/v2.0/networks/${id}`),
          );
          if (answer !== undefined && answer.status >= 400 && answer.status < 500)
            this.networks.add(id);
        }
      }
      await sleep(50);
    }
  }
}

/** The answer, or undefined when the connection broke: what was asked may or may not have happened. */
const quietly = async <T>(work: () => Promise<T>): Promise<T | undefined> =>
  work().catch(() => undefined);
