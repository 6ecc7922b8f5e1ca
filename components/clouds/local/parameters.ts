type Environment = Record<string, string | undefined>;

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** A parameter of the program is missing or malformed: a mistake of the caller's. */
class ParameterError extends Error {}

/** Parameters come by environment variables: they never show in a process list and need no quoting. */
export class Parameters {
  readonly #environment: Environment;
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** A value that must be there. */
  text(name: string): string {
    const value = this.#environment[name];
    if (value === undefined || value === "") throw new ParameterError(`environment variable ${name} is missing`);
    return value;
  }

  /** A value, or the empty string. */
  optional(name: string): string {
    return this.#environment[name] ?? "";
  }

  /** A name that podman accepts. */
  name(name: string): string {
    const value = this.text(name);
    if (!NAME.test(value)) throw new ParameterError(`environment variable ${name}: "${value}" is not a name`);
    return value;
  }

  /** A whole number ≥ 0. */
  count(name: string): number {
    const value = this.text(name);
    if (!/^\d+$/.test(value))
      throw new ParameterError(`environment variable ${name}: "${value}" is not a whole number`);
    return Number(value);
  }
}
