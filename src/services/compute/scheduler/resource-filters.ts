import type { Filter } from './filter.ts';
import { resourcesOf, traitsOf } from './resources.ts';

/** What placement knows of hosts. */
export const RESOURCE_FILTERS: readonly Filter[] = [
  {
    name: 'Placement',
    short: 'have not told yet what they have',
    always: true,
    why: ({ provider }) => (provider ? undefined : 'it has not told yet what it has'),
  },
  {
    name: 'Placement',
    short: 'lack traits that are required, or have forbidden ones',
    why({ provider }, { flavor, imageProperties }) {
      const { required, forbidden } = traitsOf(flavor, imageProperties);
      const missing = required.filter((trait) => !provider!.traits.has(trait));
      const unwanted = forbidden.filter((trait) => provider!.traits.has(trait));
      if (missing.length > 0) return `it lacks the traits ${missing.join(', ')}`;
      return unwanted.length > 0 ? `it has the traits ${unwanted.join(', ')}` : undefined;
    },
  },
  {
    name: 'Placement',
    short: 'have not enough resources',
    always: true,
    why({ provider }, { flavor }) {
      const short: string[] = [];
      for (const [name, amount] of Object.entries(resourcesOf(flavor))) {
        const inventory = provider!.inventories[name];
        if (!inventory) short.push(`${name}: ${amount} wanted, there is none`);
        else if (amount > inventory.max_unit)
          short.push(`${name}: ${amount} wanted, the host has ${inventory.max_unit}`);
        else {
          const capacity = Math.floor(
            (inventory.total - inventory.reserved) * inventory.allocation_ratio,
          );
          const free = Math.max(0, capacity - inventory.used);
          if (amount > free) short.push(`${name}: ${amount} wanted, ${free} of ${capacity} free`);
        }
      }
      return short.length > 0 ? short.join('; ') : undefined;
    },
  },
];
