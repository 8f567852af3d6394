import type { ServiceSchema } from '../../database/migrations.ts';

/** PostgreSQL schema `network`. */
export const networkSchema: ServiceSchema = { schema: 'network', migrations: {} };
