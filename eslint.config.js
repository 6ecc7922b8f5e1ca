import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

/** What each folder must not know of: imports go one way. */
const UNKNOWN = {
  contract: ["plan", "components", "stacks", "runner", "cli"],
  plan: ["components", "stacks", "runner", "cli"],
  components: ["stacks", "runner", "cli"],
  stacks: ["runner", "cli"],
  runner: ["plan", "components", "stacks", "cli"],
};

export default tseslint.config(
  { ignores: ["node_modules/", "coverage/", "dist/", "eslint.config.js", "**/*.cjs"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "off",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/restrict-template-expressions": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  ...Object.entries(UNKNOWN).map(([folder, others]) => ({
    files: [`${folder}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: `^(\\.\\./)+(${others.join("|")})/`, message: `${folder}/ must not know of it` }] },
      ],
    },
  })),
);
