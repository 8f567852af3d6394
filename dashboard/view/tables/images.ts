import type { Image } from '../../api/documents.ts';
import { matches } from '../../model/search.ts';
import { bytes, nameOf, timeOf } from '../../model/words.ts';
import type { Context } from '../context.ts';
import { h, type Child } from '../element.ts';
import { emptyState, moment, statusBadge } from '../parts.ts';
import { table } from '../table.ts';

export function imagesTable(context: Context): Child {
  const { cloud, words } = context;
  const format = (image: Image) =>
    [...new Set([image.container_format, image.disk_format])].filter(Boolean).join(' / ');
  const needs = (image: Image) =>
    [
      image.min_ram > 0 ? `${image.min_ram} MiB memory` : '',
      image.min_disk > 0 ? `${image.min_disk} GiB disk` : '',
    ]
      .filter(Boolean)
      .join(', ');
  return table<Image>(context, {
    name: 'images',
    caption: 'Images',
    items: cloud.images.filter((image) =>
      matches(words, image.name, image.id, image.status, image.visibility, format(image)),
    ),
    keyOf: (image) => image.id,
    empty:
      words.length > 0
        ? emptyState('No image matches what you are looking for.')
        : emptyState(
            'There is no image yet.',
            'docker save busybox -o busybox.tar',
            'openstack image create --container-format docker --disk-format raw --file busybox.tar busybox',
          ),
    columns: [
      { title: 'Name', cell: nameOf, sort: nameOf },
      {
        title: 'Status',
        cell: (image) => statusBadge(image.status),
        sort: (image) => image.status,
      },
      { title: 'Visibility', cell: (image) => image.visibility, sort: (image) => image.visibility },
      { title: 'Format', cell: format, sort: format },
      {
        title: 'Needs',
        cell: (image) => needs(image) || h('span', { class: 'quiet' }, 'nothing special'),
        sort: (image) => image.min_ram,
      },
      {
        title: 'Size',
        cell: (image) => (image.size === null ? 'no data yet' : bytes(image.size)),
        sort: (image) => image.size ?? -1,
        numeric: true,
      },
      {
        title: 'Created',
        cell: (image) => moment(timeOf(image.created_at)),
        sort: (image) => timeOf(image.created_at).getTime(),
      },
    ],
  });
}
