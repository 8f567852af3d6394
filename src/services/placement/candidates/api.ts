import { Type } from 'typebox';
import type { Database } from '../../../database/database.ts';
import { operation, type Operation } from '../../operation.ts';
import { checkClasses } from '../classes/model.ts';
import { cached } from '../links.ts';
import { since } from '../microversions.ts';
import { loadProviders } from '../providers/model.ts';
import { checkTraits } from '../traits/model.ts';
import { namesIn, parseCandidateRequest } from './query.ts';
import { findCandidates } from './search.ts';
import { candidatesView } from './view.ts';

const Text = Type.Optional(Type.String());

/** https://docs.openstack.org/api-ref/placement/#allocation-candidates */
export const candidateOperations = (database: Database): Operation[] => [
  operation({
    name: 'list_allocation_candidates',
    method: 'GET',
    path: '/allocation_candidates',
    summary: 'Providers that could serve a request, and the allocations it would take',
    role: 'admin',
    projectScope: false,
    success: 200,
    since: since('candidates'),
    query: Type.Object({
      resources: Text,
      required: Text,
      member_of: Text,
      in_tree: Text,
      limit: Text,
      group_policy: Text,
      root_required: Text,
      same_subtree: Text,
    }),
    async handle(request) {
      const wanted = parseCandidateRequest(request);
      const { classes, traits } = namesIn(wanted);
      await checkClasses(database, classes, 'Invalid resource class in resources parameter');
      await checkTraits(database, traits);
      const { candidates, summaries } = findCandidates(await loadProviders(database), wanted);
      return {
        body: candidatesView(candidates, summaries, new Set(classes), request.microversion),
        headers: cached(request),
      };
    },
  }),
];
