/** What a node says of itself, by what it is about. */
export interface NodeFacts {
  node: string;
  facts: Readonly<Record<string, string>>;
}

export interface Difference {
  node: string;
  /** A node that says what most say. */
  like: string;
  fact: string;
  has: string;
  others: string;
}

/** Where nodes differ from what most of them say, of equally many from the first. Who does not tell a fact is not compared. */
export function differences(nodes: readonly NodeFacts[]): Difference[] {
  const names = [...new Set(nodes.flatMap(({ facts }) => Object.keys(facts)))];
  return names.flatMap((fact) => {
    const tellers = nodes.flatMap(({ node, facts }) => (facts[fact] === undefined ? [] : [{ node, has: facts[fact] }]));
    const groups = [...Map.groupBy(tellers, ({ has }) => has).values()];
    const [usual] = groups.reduce((most, group) => (group.length > most.length ? group : most), groups[0] ?? []);
    if (usual === undefined) return [];
    return tellers
      .filter(({ has }) => has !== usual.has)
      .map(({ node, has }) => ({ node, like: usual.node, fact, has, others: usual.has }));
  });
}

/** The first lines that only one of two lists has, for people: `has nginx 1.22.1, others nginx 1.24.0`. */
export function firstDifference(own: readonly string[], usual: readonly string[]): string | undefined {
  const [more] = own.filter((line) => !usual.includes(line));
  const missed = usual.filter((line) => !own.includes(line));
  // Lists are of `name value`: the same name tells more than the first one.
  const name = more?.split(" ")[0];
  const less = missed.find((line) => name !== undefined && line.split(" ")[0] === name) ?? missed[0];
  if (more === undefined && less === undefined) return undefined;
  if (less === undefined) return `has ${more}, others do not`;
  return more === undefined ? `lacks ${less}` : `has ${more}, others ${less}`;
}

const LONGEST = 60;

/** A digest as people compare it: by its beginning. */
export const shortened = (value: string): string =>
  /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value.slice(0, LONGEST);
