import type { Extension } from '../drivers/extension.ts';
import { addressScopeNoun } from './noun.ts';
import { addressScopeRules } from './rules.ts';

export const addressScopes: Extension = {
  name: 'address scopes',
  aliases: [
    {
      alias: 'address-scope',
      name: 'Address scope',
      description: 'Ranges in which subnet pools do not overlap',
    },
  ],
  nouns: [[addressScopeNoun, addressScopeRules]],
};
