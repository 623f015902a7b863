/**
 * An object's own member of a name that is not known beforehand. Plain access also finds what every object inherits:
 * `constructor`, `toString`, `__proto__`.
 */
export function own<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
