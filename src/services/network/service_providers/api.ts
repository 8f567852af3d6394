import { operation, type Operation } from '../../operation.ts';

/** Who makes what an advanced service does; for each kind one is the default (`GET /v2.0/service-providers`). */
interface ServiceProvider {
  readonly service_type: string;
  readonly name: string;
  readonly default: boolean;
}

/** Routers are OVN's. */
const PROVIDERS: readonly ServiceProvider[] = [
  { service_type: 'L3_ROUTER_NAT', name: 'ovn', default: true },
];

const FIELDS = ['service_type', 'name', 'default'] as const;

export const serviceProviderOperations: Operation[] = [
  operation({
    name: 'get_service_providers',
    method: 'GET',
    path: '/v2.0/service-providers',
    summary: 'List what makes routers',
    role: 'reader',
    success: 200,
    handle: async ({ query }) => {
      const fields = query['fields'] ?? [];
      const found = PROVIDERS.filter((provider) =>
        FIELDS.every((name) => {
          const wanted = query[name]?.map((value) => value.toLowerCase());
          return wanted?.includes(String(provider[name]).toLowerCase()) ?? true;
        }),
      );
      return {
        body: {
          service_providers: found.map((provider) =>
            fields.length === 0
              ? provider
              : Object.fromEntries(
                  Object.entries(provider).filter(([name]) => fields.includes(name)),
                ),
          ),
        },
      };
    },
  }),
];
