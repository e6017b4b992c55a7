/** How each property is made of what the object is over. */
export type Makers<Of, T> = { [Name in keyof T]: (of: Of) => T[Name] };

/**
 * @returns what makes objects whose properties are made when they are first used. Requests are given much that most of
 * them do not use, and making all of it takes longer than a short answer.
 */
export function lazily<Of, T extends object>(makers: Makers<Of, T>): (of: Of) => T {
  class Lazy {
    readonly made: Partial<T> = {};
    constructor(readonly of: Of) {}
  }
  for (const name of Object.keys(makers) as (keyof T & string)[])
    Object.defineProperty(Lazy.prototype, name, {
      enumerable: true,
      get(this: Lazy) {
        return (this.made[name] ??= makers[name](this.of));
      },
    });
  return (of) => new Lazy(of) as Lazy & T;
}
