import type { Extension } from '../drivers/extension.ts';
import { serviceProfileNoun } from '../service_profiles/noun.ts';
import { serviceProfileRules } from '../service_profiles/rules.ts';
import { flavorOperations } from './api.ts';
import { flavorNoun } from './noun.ts';
import { flavorRules } from './rules.ts';

/** Flavors of network services, with their profiles. */
export const flavors: Extension = {
  name: 'flavors',
  aliases: [
    {
      alias: 'flavors',
      name: 'Neutron Service Flavors',
      description: 'Kinds of network services, and what makes them',
    },
  ],
  nouns: [
    [flavorNoun, flavorRules],
    [serviceProfileNoun, serviceProfileRules],
  ],
  operations: flavorOperations,
};
