import { computed } from '../attributes/types.ts';
import type { Addition } from '../drivers/extension.ts';
import { minimumColumn, requestOf, type Requester } from './request.ts';

/** What a server with the port needs beside its flavor; for administrators, as in Neutron. */
export const portResourceRequest: Addition = {
  noun: 'port',
  attributes: {
    resource_request: { type: computed('resources of a host that it needs'), adminSees: true },
  },
  columns: minimumColumn,
  view: (row: Requester) => ({ resource_request: requestOf(row) }),
};
