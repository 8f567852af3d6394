import type { ServerWish } from '../../wish.ts';
import { differs, limitsOf, type InspectedContainer } from './container.ts';
import type { Containers } from './containers.ts';

/** Gives a container that was made earlier the limits that its flavor has now. Source: Engine API, ContainerUpdate. */
export async function limit(containers: Containers, wish: ServerWish, cpus: number): Promise<void> {
  const itself = `/containers/${containers.name(wish.id)}`;
  const container = await containers.engine.json<InspectedContainer>({
    path: `${itself}/json`,
    accept: [404],
    what: 'looking at the container',
  });
  const limits = limitsOf(wish, cpus);
  if (container === undefined || !differs(limits, container.HostConfig)) return;
  await containers.engine.json({
    method: 'POST',
    path: `${itself}/update`,
    body: { ...limits },
    what: "changing the container's limits",
  });
}
