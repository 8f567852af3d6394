import type { RequestGroup } from '../../network/index.ts';
import type { Inventory, ProviderUsage } from '../../placement/index.ts';
import type { Filter } from './filter.ts';
import { resourcesOf, traitsOf } from './resources.ts';

/** What can be given away in all. */
const capacityOf = ({ total, reserved, allocation_ratio }: Inventory): number =>
  Math.floor((total - reserved) * allocation_ratio);

const isText = (text: string | undefined): text is string => text !== undefined;

/** Why none of the providers can serve the group alone; undefined when one can. */
function groupShortage(
  nested: readonly ProviderUsage[],
  { required, resources }: RequestGroup,
): string | undefined {
  const able = nested.filter(({ traits }) => required.every((trait) => traits.has(trait)));
  if (able.length === 0) return `no provider below it has the traits ${required.join(', ')}`;
  const reasons = able.map((provider) => {
    const short = Object.entries(resources).flatMap(([name, amount]) => {
      const inventory = provider.inventories[name];
      if (!inventory) return [`${name}: ${amount} wanted, there is none`];
      const capacity = capacityOf(inventory);
      const free = Math.max(0, capacity - inventory.used);
      return amount > free || amount > inventory.max_unit
        ? [`${name}: ${amount} wanted, ${Math.min(free, inventory.max_unit)} of ${capacity} free`]
        : [];
    });
    return short.length > 0 ? `${provider.name}: ${short.join(', ')}` : undefined;
  });
  return reasons.every(isText) ? reasons.join('; ') : undefined;
}

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
          const capacity = capacityOf(inventory);
          const free = Math.max(0, capacity - inventory.used);
          if (amount > free) short.push(`${name}: ${amount} wanted, ${free} of ${capacity} free`);
        }
      }
      return short.length > 0 ? short.join('; ') : undefined;
    },
  },
  {
    name: 'Placement',
    short: 'have not enough bandwidth on the physical networks of the ports',
    always: true,
    why({ nested }, { groups }) {
      const short = groups.map((group) => groupShortage(nested, group)).filter(isText);
      return short.length > 0 ? short.join('; ') : undefined;
    },
  },
];
