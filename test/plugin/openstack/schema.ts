import { execa } from "execa";
import { type Member, objectShape, type Properties, property, type Surface } from "./surface.ts";

/** Pulumi's own form of a package's schema; what is read of it here. */
interface PackageSchema {
  provider: ResourceSpec;
  resources: Record<string, ResourceSpec>;
  functions: Record<string, { inputs?: ObjectSpec; outputs?: ObjectSpec }>;
  types: Record<string, ObjectSpec>;
}

interface ObjectSpec {
  properties?: Record<string, TypeSpec>;
  required?: string[];
  language?: { nodejs?: { requiredInputs?: string[] | null; requiredOutputs?: string[] | null } };
}

interface ResourceSpec extends ObjectSpec {
  inputProperties?: Record<string, TypeSpec>;
  requiredInputs?: string[];
}

interface TypeSpec {
  type?: string;
  $ref?: string;
  items?: TypeSpec;
  additionalProperties?: TypeSpec;
}

/** What a plugin that the engine finds says that it offers. */
export async function pluginSurface(name: string, version: string): Promise<Surface> {
  const { stdout } = await execa("pulumi", ["package", "get-schema", `${name}@${version}`], { timeout: 60_000 });
  const schema = JSON.parse(stdout) as PackageSchema;
  const types = new Types(schema.types);
  const resource = (spec: ResourceSpec): Member => ({
    inputs: types.properties(spec.inputProperties, spec.requiredInputs, "in"),
    outputs: types.properties(spec.properties, spec.required, "out"),
  });
  // Of a provider's own properties SDKs show the texts only.
  const texts = Object.entries(schema.provider.properties ?? {}).filter(([, { type }]) => type === "string");
  const provider = { ...schema.provider, properties: Object.fromEntries(texts) };
  const resources = { ...schema.resources, [name]: provider };
  // The bridge's own, for programs of Terraform's.
  const functions = Object.entries(schema.functions).filter(([token]) => !token.startsWith("pulumi:"));
  return {
    resources: Object.fromEntries(Object.entries(resources).map(([token, spec]) => [token, resource(spec)])),
    functions: Object.fromEntries(
      functions.map(([token, { inputs, outputs }]) => {
        const member = {
          inputs: types.properties(inputs?.properties, inputs?.required, "in"),
          outputs: types.properties(outputs?.properties, outputs?.required, "out"),
        };
        return [token, member];
      }),
    ),
  };
}

type Side = "in" | "out";

/** The schema's named types, to be told without their names. */
class Types {
  readonly #types: PackageSchema["types"];

  constructor(types: PackageSchema["types"]) {
    this.#types = types;
  }

  properties(specs: Record<string, TypeSpec> = {}, required: readonly string[] = [], side: Side): Properties {
    return Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => [name, property(this.#shape(spec, side), !required.includes(name))]),
    );
  }

  #shape({ type, $ref, items, additionalProperties }: TypeSpec, side: Side): string {
    if ($ref === "pulumi.json#/Any") return "any";
    if ($ref !== undefined) {
      const { properties, required, language } = this.#types[$ref.replace("#/types/", "")] ?? {};
      const { requiredInputs, requiredOutputs } = language?.nodejs ?? {};
      return objectShape(
        this.properties(properties, (side === "in" ? requiredInputs : requiredOutputs) ?? required, side),
      );
    }
    if (items !== undefined) return `[${this.#shape(items, side)}]`;
    if (type === "object") {
      return `{*: ${additionalProperties === undefined ? "string" : this.#shape(additionalProperties, side)}}`;
    }
    return type === "integer" ? "number" : (type ?? "any");
  }
}
