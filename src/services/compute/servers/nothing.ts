import { Type } from 'typebox';

/** The argument of an action that takes none. */
export const Nothing = Type.Union([Type.Null(), Type.Object({}), Type.Literal('')]);
