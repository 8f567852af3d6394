import { forbidden, type Fault } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';

/** What is done with a property. */
export type PropertyAction = 'create' | 'read' | 'update' | 'delete';

/** Who may do what with the properties whose names match: roles; `@` is everybody, `!` nobody. */
export interface PropertyRule extends Readonly<Record<PropertyAction, readonly string[]>> {
  /** Regular expression that must match the beginning of the name. */
  readonly property: string;
}

export const propertyProtected = (name: string): Fault =>
  forbidden(`Property '${name}' is protected: your roles do not allow this.`);

/**
 * Property protections as Glance's `property_protection_file` has them: the first rule whose expression matches decides,
 * and what no rule matches nobody may. Without rules everything is allowed.
 */
export class PropertyProtections {
  private readonly rules: readonly { readonly pattern: RegExp; readonly rule: PropertyRule }[];

  /** Fails with a sentence about an expression that is none. */
  constructor(rules: readonly PropertyRule[]) {
    this.rules = rules.map((rule) => {
      try {
        return { pattern: new RegExp(`^(?:${rule.property})`), rule };
      } catch (error) {
        throw new Error(
          `config.json, image: property_protections: ${rule.property} is no regular expression`,
          { cause: error },
        );
      }
    });
  }

  get isOpen(): boolean {
    return this.rules.length === 0;
  }

  allows(caller: Caller, action: PropertyAction, name: string): boolean {
    if (this.isOpen) return true;
    const roles = this.rules.find(({ pattern }) => pattern.test(name))?.rule[action] ?? ['!'];
    if (roles.includes('!')) return false;
    return roles.includes('@') || roles.some((role) => caller.roles.has(role.toLowerCase()));
  }

  /** Fails with 403 unless allowed. */
  require(caller: Caller, action: PropertyAction, name: string): void {
    if (!this.allows(caller, action, name)) throw propertyProtected(name);
  }

  /** The properties that the caller may read. */
  readable(
    caller: Caller,
    properties: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> {
    if (this.isOpen) return properties;
    return Object.fromEntries(
      Object.entries(properties).filter(
        // What the service itself says of an image is for all who see the image.
        ([name]) => name.startsWith('os_glance_') || this.allows(caller, 'read', name),
      ),
    );
  }
}
