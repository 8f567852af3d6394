import { violatedConstraint } from '../../../database/database.ts';
import { requireUnrestricted } from '../application-credentials/rules.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { notAuthorized } from '../errors.ts';
import type { Operation } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { enforce } from '../policy/enforce.ts';
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
      success: 200,
      async handle(request) {
        const user = request.params['user_id']!;
        enforce('list_access_rules', request.caller, { users: [user] });
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
      success: 200,
      async handle(request) {
        const user = request.params['user_id']!;
        const id = request.params['access_rule_id']!;
        enforce('get_access_rule', request.caller, { users: [user] });
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
      success: 204,
      async handle(request) {
        const { caller } = request;
        const user = request.params['user_id']!;
        const id = request.params['access_rule_id']!;
        enforce('delete_access_rule', caller, { users: [user] });
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
