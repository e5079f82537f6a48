import { PACKAGE_NAME } from "../print/generator.js";

/** The text of `package.json`. */
export function packageFile(): string {
  return json({
    name: PACKAGE_NAME,
    version: "0.1.0",
    description: "The typed client of an API over Centrifugo.",
    type: "module",
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    sideEffects: false,
    files: ["dist"],
    scripts: { build: "tsc", prepack: "npm run build" },
    dependencies: { centrifuge: "^5.8.0" },
    optionalDependencies: { ws: "^8.18.0" },
    devDependencies: { typescript: "^7.0.2" },
  });
}

/** The text of `tsconfig.json`. */
export function tsconfigFile(): string {
  return `{
  "compilerOptions": {
    "target": "es2022",
    "lib": ["es2022", "dom"],
    "module": "nodenext",
    "types": [],
    "rootDir": "src",
    "outDir": "dist",
    "declaration": true,
    "sourceMap": true,
    "strict": true,
    "exactOptionalPropertyTypes": true,
    "noUncheckedIndexedAccess": true,
    "skipLibCheck": true
  },
  "include": ["src"]
}
`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
