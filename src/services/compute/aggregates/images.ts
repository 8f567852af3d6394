import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { insert } from '../../../ovn/index.ts';
import { operation, type Operation } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { since } from '../microversions.ts';
import { policy } from '../policy.ts';
import { imageRefusal } from '../scheduler/image-filters.ts';
import { imageColumn } from '../servers/desired.ts';
import { hostsViewOf } from '../servers/wish.ts';
import { loadAggregates } from './model.ts';

const Body = Type.Object(
  {
    cache: Type.Array(
      Type.Object({ id: Type.String({ format: 'uuid' }) }, { additionalProperties: false }),
      { minItems: 1, maxItems: 100 },
    ),
  },
  { additionalProperties: false },
);

/**
 * https://docs.openstack.org/api-ref/compute/#cache-images-in-an-aggregate
 * Each host of the aggregate that is up, can run the image and keeps images is told to bring it; what comes of it stands in
 * the host's log, as in Nova. A host that does not get to it brings the image with the first server that needs it.
 */
export const aggregateImageOperations = ({
  database,
  hosts,
  image,
  ovenbird,
  log,
}: ComputeContext): Operation[] => [
  operation({
    name: 'cache_aggregate_images',
    method: 'POST',
    path: '/v2.1/os-aggregates/{aggregate_id}/images',
    summary: 'Bring images to the hosts of a group before servers need them',
    role: policy.role('compute:aggregates:images'),
    success: 202,
    since: since('aggregateImages'),
    body: Body,
    async handle(request) {
      const text = request.params['aggregate_id']!;
      if (!/^\d{1,9}$/.test(text))
        throw badRequest(`Invalid input received: id must be an integer: ${text.slice(0, 100)}`);
      const ids = request.body.cache.map(({ id }) => id.toLowerCase());
      if (new Set(ids).size < ids.length) throw badRequest('Duplicate images in request');
      const [aggregate] = await loadAggregates(database, Number(text));
      if (!aggregate) throw notFound(`Aggregate ${text} could not be found.`);
      const found = await Promise.all(
        ids.map(async (id) => {
          const one = await image.getImage(database, request.caller, id);
          if (!one) throw badRequest(`Image ${id} could not be found.`);
          if (one.status !== 'active') throw badRequest(`Image ${id} is not active.`);
          return { id, properties: one.properties, view: hostsViewOf(one) };
        }),
      );
      const members = (await hosts.list(database)).filter(
        ({ name, up, live }) =>
          aggregate.hosts.includes(name) && up && live?.capabilities['image_cache'] === true,
      );
      const tasks = members.flatMap(({ name, live }) =>
        found
          .filter(({ view, properties }) => imageRefusal(live!, view, properties) === undefined)
          .map(({ id, view }) => ({ host: name, image: imageColumn(id, view) })),
      );
      log.info(
        { aggregate: aggregate.id, tasks: tasks.map(({ host, image: { id } }) => ({ host, id })) },
        'images are brought to hosts',
      );
      if (tasks.length > 0)
        await ovenbird.transact(
          tasks.map((task) =>
            insert('Task', {
              id: newUuid(),
              host: task.host,
              server_id: '',
              kind: 'image',
              arguments: task.image,
              reply_to: '',
              created_at: Math.floor(Date.now() / 1000),
            }),
          ),
        );
      return {};
    },
  }),
];
