import { compute } from './examples-compute.ts';
import { identity } from './examples-identity.ts';
import { image } from './examples-image.ts';
import { orchestration } from './examples-orchestration.ts';
import { network } from './examples-network.ts';
import { placement } from './examples-placement.ts';

/** Ids of one project's resources, by the name of the path parameter that takes them. */
export type Ids = Readonly<Record<string, string>>;

/** Bodies that are good, by `service.operation`. */
export type Examples = Readonly<Record<string, readonly unknown[]>>;

/** Good bodies of every operation that takes one, about these resources; `name` is for new ones. */
export const examplesOf = (ids: Ids, name: string, password: string): Examples => ({
  ...identity(ids, name, password),
  ...image(ids, name),
  ...placement(ids, name),
  ...network(ids, name),
  ...compute(ids, name),
  ...orchestration(ids, name),
});
