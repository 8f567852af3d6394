import type { TimedAnswer } from './client.ts';
import type { Measurement } from './measure.ts';
import type { NetworkTarget } from './network-target.ts';

/** One kind of request: `prepare` makes what a batch needs, `request` is timed, `clear` takes away what was made. */
interface Kind {
  readonly title: string;
  readonly batch: number;
  prepare(target: NetworkTarget, count: number): Promise<Batch>;
}

interface Batch {
  request(index: number): Promise<TimedAnswer>;
  clear(answers: readonly TimedAnswer[]): Promise<void>;
}

/** Id of the only object in a document such as `{"port": {"id": …}}`. */
const idOf = ({ text }: TimedAnswer): string =>
  Object.values(JSON.parse(text) as Record<string, { id: string }>)[0]!.id;

/** A request that makes an object of a collection. */
const creation = (
  target: NetworkTarget,
  plural: string,
  singular: string,
  wish: (index: number) => Record<string, unknown>,
  after: readonly string[] = [],
): Batch => ({
  request: (index) => target.call('POST', `/${plural}`, { [singular]: wish(index) }),
  clear: (answers) =>
    target.remove(...answers.map((answer) => `${plural}/${idOf(answer)}`), ...after),
});

/** The rows of the table, in Neutron's words. */
export const KINDS: readonly Kind[] = [
  {
    title: 'POST network',
    batch: 12,
    async prepare(target) {
      return creation(target, 'networks', 'network', (index) => ({ name: `bench-n${index}` }));
    },
  },
  {
    title: 'POST subnet',
    batch: 12,
    async prepare(target, count) {
      const networks: string[] = [];
      for (let index = 0; index < count; index++) {
        networks.push((await target.make('networks', 'network', { name: 'bench-s' }))['id']);
      }
      return creation(
        target,
        'subnets',
        'subnet',
        (index) => ({
          network_id: networks[index],
          ip_version: 4,
          cidr: `10.40.${index}.0/24`,
        }),
        networks.map((id) => `networks/${id}`),
      );
    },
  },
  {
    title: 'POST port',
    batch: 20,
    async prepare(target) {
      const { id } = await target.network('10.41.0.0/16');
      const wish = () => ({ network_id: id });
      return creation(target, 'ports', 'port', wish, [`networks/${id}`]);
    },
  },
  {
    title: 'POST router',
    batch: 12,
    async prepare(target) {
      return creation(target, 'routers', 'router', (index) => ({ name: `bench-r${index}` }));
    },
  },
  {
    title: 'PUT router add_router_interface',
    batch: 10,
    async prepare(target, count) {
      const router = (await target.make('routers', 'router', { name: 'bench-r' }))['id'] as string;
      const networks: { readonly id: string; readonly subnetId: string }[] = [];
      for (let index = 0; index < count; index++) {
        networks.push(await target.network(`10.42.${index}.0/24`));
      }
      const change = (verb: string, index: number) =>
        target.call('PUT', `/routers/${router}/${verb}_router_interface`, {
          subnet_id: networks[index]!.subnetId,
        });
      return {
        request: (index) => change('add', index),
        async clear() {
          for (const index of networks.keys()) await change('remove', index);
          await target.remove(`routers/${router}`, ...networks.map(({ id }) => `networks/${id}`));
        },
      };
    },
  },
  {
    title: 'POST floating IP, associated',
    batch: 10,
    async prepare(target, count) {
      const external = await target.external();
      const { id, subnetId } = await target.network('10.43.0.0/16');
      const router = (
        await target.make('routers', 'router', {
          name: 'bench-f',
          external_gateway_info: { network_id: external },
        })
      )['id'] as string;
      const plug = { subnet_id: subnetId };
      await target.ask('PUT', `/routers/${router}/add_router_interface`, plug);
      const { ports } = JSON.parse((await target.bulk(id, count)).text) as {
        ports: { id: string }[];
      };
      const creations = creation(target, 'floatingips', 'floatingip', (index) => ({
        floating_network_id: external,
        port_id: ports[index]!.id,
      }));
      return {
        ...creations,
        async clear(answers) {
          await creations.clear(answers);
          await target.remove(...ports.map((port) => `ports/${port.id}`));
          await target.ask('PUT', `/routers/${router}/remove_router_interface`, plug);
          await target.remove(`routers/${router}`, `networks/${id}`);
        },
      };
    },
  },
  {
    title: 'POST security group rule',
    batch: 25,
    async prepare(target) {
      const { id } = await target.make('security-groups', 'security_group', { name: 'bench' });
      return creation(
        target,
        'security-group-rules',
        'security_group_rule',
        (index) => ({
          security_group_id: id,
          direction: 'ingress',
          ethertype: 'IPv4',
          protocol: 'tcp',
          port_range_min: 1000 + index,
          port_range_max: 1000 + index,
          remote_ip_prefix: '192.0.2.0/24',
        }),
        [`security-groups/${id}`],
      );
    },
  },
];

/** Adds one batch of requests to the measurement, made and taken away outside of it. */
export async function addBatch(
  target: NetworkTarget,
  { batch, prepare }: Kind,
  into: Measurement,
): Promise<void> {
  const { request, clear } = await prepare(target, batch);
  const answers: TimedAnswer[] = [];
  await into.add(async () => {
    for (let index = 0; index < batch; index++) answers.push(await request(index));
    return answers.map(({ milliseconds }) => milliseconds);
  });
  await clear(answers);
}
