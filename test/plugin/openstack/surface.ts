/** Properties by name, each with its shape in one line: `string`, `[number]`, `{*: boolean}`, `{cidr: string, mtu?: number}`. */
export type Properties = Record<string, string>;

/** What a resource takes and has, or a function takes and returns. */
export interface Member {
  inputs: Properties;
  outputs: Properties;
}

/** What a package offers, by token. */
export interface Surface {
  resources: Record<string, Member>;
  functions: Record<string, Member>;
}

/** A property's shape; `?` stands for what may be left out. */
export const property = (shape: string, optional: boolean): string => (optional ? `${shape}?` : shape);

/** The shape of an object with these properties. */
export function objectShape(properties: Properties): string {
  const names = Object.keys(properties).sort();
  return `{${names.map((name) => `${name}: ${properties[name]}`).join(", ")}}`;
}

/** Everything in which two members differ, a line for each property. */
export function differences(token: string, sdk: Member, plugin: Member | undefined): string[] {
  return (["inputs", "outputs"] as const).flatMap((side) => {
    const names = new Set([...Object.keys(sdk[side]), ...Object.keys(plugin?.[side] ?? {})]);
    return [...names].sort().flatMap((name) => {
      const [wanted, found] = [sdk[side][name], plugin?.[side][name]];
      if (wanted !== undefined && found !== undefined && fits(wanted, found, side)) return [];
      return [`${token} ${side} ${name}: the SDK has ${wanted ?? "nothing"}, the plugin ${found ?? "nothing"}`];
    });
  });
}

/**
 * The same, but for what a newer bridge tells otherwise: elements of maps that have no type are strings to it, and an
 * input that the provider could also find in a variable may be left out.
 */
function fits(wanted: string, found: string, side: keyof Member): boolean {
  const named = wanted.replaceAll("{*: any}", "{*: string}");
  return found === named || (side === "inputs" && found === `${named}?`);
}
