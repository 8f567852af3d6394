import { badRequest, forbidden } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import type { Room } from '../collections/operations.ts';
import { allocateTopology, deleteTopology, requirementsOf, topologyOf } from './topology.ts';

const PATH = '/v2.0/auto-allocated-topology/{project_id}';

/** What clients ask for to learn whether a network could be made. */
const DRY_RUN = 'dry-run';

/** The project that is meant; clients that leave it to the token send `None`. */
function projectOf(caller: Caller, text: string): string {
  const project = text === 'None' ? (caller.projectId ?? '') : text;
  if (project === caller.projectId) return project;
  if (!caller.isAdmin) {
    throw forbidden("Another project's topology is for administrators only.", 'NotAuthorized');
  }
  if (project.length <= 255) return project;
  throw badRequest('Invalid input for project_id. Reason: it is too long.', 'HTTPBadRequest');
}

const view = (id: string, project: string) => ({
  auto_allocated_topology: { id, tenant_id: project, project_id: project },
});

/** A network with subnets and a router to the outside, made when first asked for (Neutron's "get me a network"). */
export const topologyOperations = (room: Room): Operation[] => [
  operation({
    name: 'get_auto_allocated_topology',
    method: 'GET',
    path: PATH,
    summary: "Show a project's automatic network, made now if there is none",
    role: 'reader',
    success: 200,
    handle: async ({ caller, params, query }) => {
      const project = projectOf(caller, params['project_id']!);
      const fields = query['fields'] ?? [];
      if (fields.includes(DRY_RUN)) {
        await requirementsOf(room.database, caller);
        return { body: view('dry-run=pass', project) };
      }
      if (fields.length > 0) {
        throw badRequest(
          `Bad auto_allocate request: Unrecognized field: only ${DRY_RUN} is one.`,
          'BadRequest',
        );
      }
      const present = await topologyOf(room.database, project);
      const id =
        present?.network_id ??
        (await room.commit((change) => allocateTopology(change, caller, project)));
      return { body: view(id, project) };
    },
  }),
  operation({
    name: 'delete_auto_allocated_topology',
    method: 'DELETE',
    path: PATH,
    summary: "Delete a project's automatic network and its router",
    role: 'member',
    success: 204,
    handle: async ({ caller, params }) => {
      const project = projectOf(caller, params['project_id']!);
      await room.commit((change) => deleteTopology(change, caller, project));
      return {};
    },
  }),
];
