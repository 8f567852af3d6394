import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { found, links } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { checkMutable } from '../immutable.ts';
import { enforce } from '../policy/enforce.ts';
import { Tags } from '../schemas.ts';
import { getProject, updateProject } from './model.ts';

const MOST = 80; // Keystone's limit of tags on one project

/** `/v3/projects/{project_id}/tags`. */
export function projectTagOperations(context: IdentityContext): Operation[] {
  const path = '/v3/projects/{project_id}/tags';

  const tagsOf = async ({ params, caller }: OperationRequest, action: string) => {
    const id = params['project_id']!;
    const row = await getProject(context.tables, id);
    enforce(action, caller, { domains: [row?.domain_id], project: id });
    return found(row, 'project', id).tags;
  };
  const change = async (
    request: OperationRequest,
    action: string,
    next: (tags: string[]) => string[],
  ) => {
    const id = request.params['project_id']!;
    const tags = await context.change(async (tables) => {
      const row = await getProject(tables, id, { lock: 'update' });
      enforce(action, request.caller, { domains: [row?.domain_id] });
      const project = found(row, 'project', id);
      checkMutable('project', project, { tags: null });
      const changed = next(project.tags);
      if (changed.length > MOST) {
        throw badRequest(`Project ${id} would have ${changed.length} tags; ${MOST} is the most.`);
      }
      return (await updateProject(tables, id, { tags: JSON.stringify(changed) })).tags;
    });
    return { body: { tags, links: links(request) } };
  };
  const tagOf = (request: OperationRequest) => {
    const tag = request.params['tag']!;
    if (tag.length > 255 || /[,/]/.test(tag)) {
      throw badRequest(
        `Tag ${tag.slice(0, 255)} is not valid: at most 255 characters, no comma, no slash.`,
      );
    }
    return tag;
  };
  const missing = (request: OperationRequest) =>
    notFound(`Could not find project tag: ${request.params['tag']}.`);

  return [
    operation({
      name: 'list_project_tags',
      method: 'GET',
      path,
      summary: 'List the tags of a project',
      success: 200,
      handle: async (request) => ({
        body: { tags: await tagsOf(request, 'list_project_tags'), links: links(request) },
      }),
    }),
    operation({
      name: 'update_project_tags',
      method: 'PUT',
      path,
      summary: 'Replace the tags of a project',
      success: 200,
      body: Type.Object({ tags: Tags }),
      handle: (request) => change(request, 'update_project_tags', () => request.body.tags),
    }),
    operation({
      name: 'delete_project_tags',
      method: 'DELETE',
      path,
      summary: 'Remove all tags of a project',
      success: 204,
      async handle(request) {
        await change(request, 'delete_project_tags', () => []);
        return {};
      },
    }),
    ...(['GET', 'HEAD'] as const).map((method) =>
      operation({
        name: method === 'GET' ? 'get_project_tag' : 'check_project_tag',
        method,
        path: `${path}/{tag}`,
        summary: 'Whether a project has a tag',
        success: 204,
        async handle(request) {
          const tags = await tagsOf(request, 'get_project_tag');
          if (!tags.includes(request.params['tag']!)) throw missing(request);
          return {};
        },
      }),
    ),
    operation({
      name: 'create_project_tag',
      method: 'PUT',
      path: `${path}/{tag}`,
      summary: 'Add a tag to a project',
      success: 201,
      bodyKind: 'none',
      async handle(request) {
        const tag = tagOf(request);
        await change(request, 'create_project_tag', (tags) => [...new Set([...tags, tag])]);
        return {
          headers: {
            Location: `${request.serviceUrl}/v3/projects/${request.params['project_id']}/tags/${encodeURIComponent(tag)}`,
          },
        };
      },
    }),
    operation({
      name: 'delete_project_tag',
      method: 'DELETE',
      path: `${path}/{tag}`,
      summary: 'Remove a tag from a project',
      success: 204,
      async handle(request) {
        const tag = tagOf(request);
        await change(request, 'delete_project_tag', (tags) => {
          if (!tags.includes(tag)) throw missing(request);
          return tags.filter((other) => other !== tag);
        });
        return {};
      },
    }),
  ];
}
