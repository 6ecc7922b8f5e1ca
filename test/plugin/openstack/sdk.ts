import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { home } from "../engine.ts";
import { type Member, objectShape, type Properties, property, type Surface } from "./surface.ts";

const FOLDER = join(home, "node_modules/@pulumi/openstack");

/** What the SDK registers and with what, as its own declarations say. */
export function sdkSurface(): Surface {
  const nested = new Nested();
  const surface: Surface = { resources: {}, functions: {} };
  for (const file of globSync("**/*.js", { cwd: FOLDER, exclude: ["node_modules/**"] })) {
    const program = readFileSync(join(FOLDER, file), "utf8");
    const [, type] = /\.__pulumiType = '(.+)'/.exec(program) ?? [];
    const [, call] = /runtime\.invoke\("(.+?)"/.exec(program) ?? [];
    if (type === undefined && call === undefined) continue;
    const declared = declarations(join(FOLDER, file.replace(/\.js$/, ".d.ts")));
    if (type !== undefined) surface.resources[type] = resource(declared, nested);
    if (call !== undefined) surface.functions[call] = invoked(declared, nested);
  }
  return surface;
}

type Declared = Map<string, ts.InterfaceDeclaration | ts.ClassDeclaration>;

/** Interfaces and classes of a file by name; those in namespaces by `namespace.name`. */
function declarations(file: string): Declared {
  const found: Declared = new Map();
  const collect = (statements: readonly ts.Statement[], before: string): void => {
    for (const statement of statements) {
      if (ts.isModuleDeclaration(statement) && statement.body !== undefined && ts.isModuleBlock(statement.body))
        collect(statement.body.statements, `${before}${statement.name.text}.`);
      if ((ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name !== undefined)
        found.set(before + statement.name.text, statement);
    }
  };
  collect(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest).statements, "");
  return found;
}

function resource(declared: Declared, nested: Nested): Member {
  const [name, made] = [...declared].find(([, one]) => ts.isClassDeclaration(one)) ?? [];
  return {
    inputs: nested.properties(declared.get(`${name}Args`)),
    outputs: nested.properties(made),
  };
}

function invoked(declared: Declared, nested: Nested): Member {
  const ending = (end: string) => [...declared].find(([name]) => name.endsWith(end) && !name.endsWith(`Output${end}`));
  return { inputs: nested.properties(ending("Args")?.[1]), outputs: nested.properties(ending("Result")?.[1]) };
}

/** Types that properties are made of, and what they look like when nothing has a name any more. */
class Nested {
  readonly #declared: Record<string, Declared> = {
    inputs: declarations(join(FOLDER, "types/input.d.ts")),
    outputs: declarations(join(FOLDER, "types/output.d.ts")),
  };

  properties(declaration: ts.InterfaceDeclaration | ts.ClassDeclaration | undefined): Properties {
    const found: Properties = {};
    for (const member of declaration?.members ?? []) {
      if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) continue;
      const isStatic = ts.canHaveModifiers(member) && ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static;
      if (isStatic || member.type === undefined || !ts.isIdentifier(member.name)) continue;
      const { shape, optional } = this.#shape(member.type);
      found[member.name.text] = property(shape, optional || member.questionToken !== undefined);
    }
    return found;
  }

  #shape(type: ts.TypeNode): { shape: string; optional: boolean } {
    const always = (shape: string) => ({ shape, optional: false });
    if (ts.isUnionTypeNode(type)) {
      const parts = type.types.map((part) => this.#shape(part).shape);
      const shapes = [...new Set(parts.filter((part) => part !== "undefined"))];
      return { shape: shapes.join(" | "), optional: parts.includes("undefined") };
    }
    if (ts.isArrayTypeNode(type)) return always(`[${this.#shape(type.elementType).shape}]`);
    if (ts.isTypeLiteralNode(type)) {
      const [index] = type.members;
      if (index !== undefined && ts.isIndexSignatureDeclaration(index))
        return always(`{*: ${this.#shape(index.type).shape}}`);
    }
    if (ts.isTypeReferenceNode(type)) {
      const name = nameOf(type.typeName);
      const [argument] = type.typeArguments ?? [];
      if (/^pulumi\.(Input|Output)$/.test(name) && argument !== undefined) return this.#shape(argument);
      const [, side = "", path = ""] = /^(inputs|outputs)\.(.+)$/.exec(name) ?? [];
      const declaration = this.#declared[side]?.get(path);
      if (declaration !== undefined) return always(objectShape(this.properties(declaration)));
    }
    const word = KEYWORDS[type.kind];
    if (word === undefined) throw new Error(`a type that this test does not know: ${ts.SyntaxKind[type.kind]}`);
    return always(word);
  }
}

const KEYWORDS: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.StringKeyword]: "string",
  [ts.SyntaxKind.NumberKeyword]: "number",
  [ts.SyntaxKind.BooleanKeyword]: "boolean",
  [ts.SyntaxKind.AnyKeyword]: "any",
  [ts.SyntaxKind.UndefinedKeyword]: "undefined",
};

const nameOf = (name: ts.EntityName): string =>
  ts.isIdentifier(name) ? name.text : `${nameOf(name.left)}.${name.right.text}`;
