import { violatedConstraint } from '../../../database/database.ts';
import { requireUnrestricted } from '../application-credentials/rules.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { notAuthorized } from '../errors.ts';
import { operation, type Operation } from '../../operation.ts';
import { mayRead, require } from '../policy.ts';
import { getUser } from '../users/model.ts';
import { userAccessRules } from './model.ts';
import { accessRuleView } from './view.ts';

const PATH = '/v3/users/{user_id}/access_rules';
const KIND = 'Access Rule';

/** `/v3/users/{user_id}/access_rules`; rules are made with the application credentials that use them. */
export function accessRuleOperations(context: IdentityContext): Operation[] {
  return [
    operation({
      name: 'list_access_rules',
      method: 'GET',
      path: PATH,
      summary: 'List the access rules of a user',
      role: 'authenticated',
      success: 200,
      async handle(request) {
        const user = request.params['user_id']!;
        require(request.caller.userId === user ||
          mayRead(request.caller, undefined), 'list_access_rules');
        found(await getUser(context.tables, user), 'user', user);
        return {
          body: await collection(request, 'access_rules', userAccessRules(context.tables, user), {
            table: 'identity.access_rules',
            named: false,
            filters: { service: text('service'), path: text('path'), method: text('method') },
            view: (row, serviceUrl) => accessRuleView(row, user, serviceUrl),
          }),
        };
      },
    }),
    operation({
      name: 'get_access_rule',
      method: 'GET',
      path: `${PATH}/{access_rule_id}`,
      summary: 'Show an access rule',
      role: 'authenticated',
      success: 200,
      async handle(request) {
        const user = request.params['user_id']!;
        const id = request.params['access_rule_id']!;
        require(request.caller.userId === user ||
          mayRead(request.caller, undefined), 'get_access_rule');
        const row = await userAccessRules(context.tables, user)
          .where('id', '=', id)
          .executeTakeFirst();
        return {
          body: { access_rule: accessRuleView(found(row, KIND, id), user, request.serviceUrl) },
        };
      },
    }),
    operation({
      name: 'delete_access_rule',
      method: 'DELETE',
      path: `${PATH}/{access_rule_id}`,
      summary: 'Delete an access rule that no application credential uses',
      role: 'authenticated',
      success: 204,
      async handle(request) {
        const { caller } = request;
        const user = request.params['user_id']!;
        const id = request.params['access_rule_id']!;
        require(caller.userId === user || caller.isAdmin, 'delete_access_rule');
        requireUnrestricted(caller, 'access rules');
        const remove = context.change(async (tables) => {
          const row = await tables
            .deleteFrom('identity.access_rules')
            .where('id', '=', id)
            .where('user_id', '=', user)
            .returning('id')
            .executeTakeFirst();
          found(row, KIND, id);
        });
        await remove.catch((error: unknown) => {
          if (violatedConstraint(error) !== 'access_rules_used') throw error;
          throw notAuthorized(
            `Access rule ${id} is in use by an application credential`,
            'Delete the credential first.',
          );
        });
        return {};
      },
    }),
  ];
}
