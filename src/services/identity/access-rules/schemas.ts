import { Type } from 'typebox';
import { Id } from '../schemas.ts';

/** Most rules of one credential: each request is compared with all of them. */
const MOST = 100;

/** Access rules of a new application credential: the id of one that exists, or what a new one says. */
export const AccessRules = Type.Array(
  Type.Union([
    Type.Object({
      service: Type.String({ minLength: 1, maxLength: 255 }),
      path: Type.String({ minLength: 1, maxLength: 255, pattern: '^/' }),
      method: Type.String({ pattern: '^(POST|GET|HEAD|PATCH|PUT|DELETE)$' }),
    }),
    Type.Object({ id: Id }),
  ]),
  { maxItems: MOST },
);
