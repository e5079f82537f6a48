import { unreachable, type WireFormat } from "../model/api-model.js";
import { bracketed, type Layout } from "../print/layout.js";
import type { Sample } from "../print/sample.js";
import type { PythonNames } from "./names.js";
import { literal, stringLiteral } from "./source.js";

/** An expression for a value, and the names that it uses, by module. */
export interface SampleCode {
  readonly layout: Layout;
  readonly imports: Readonly<Record<string, readonly string[]>>;
}

/** The code of an example's value. */
export function sampleCode(sample: Sample, names: PythonNames): SampleCode {
  const imports = new Map<string, Set<string>>();
  const use = (module: string, name: string): string => {
    const found = imports.get(module) ?? new Set();
    imports.set(module, found.add(name));
    return name;
  };
  const layout = layoutOf(sample, names, use);
  return {
    layout,
    imports: Object.fromEntries([...imports].map(([module, used]) => [module, [...used]])),
  };
}

type Use = (module: string, name: string) => string;

function layoutOf(sample: Sample, names: PythonNames, use: Use): Layout {
  const inner = (value: Sample) => layoutOf(value, names, use);
  switch (sample.kind) {
    case "scalar":
    case "enum":
      return literal(sample.value);
    case "format":
      return formatCode(sample.format, sample.text, use);
    case "null":
      return "None";
    case "map":
      return "{}";
    case "union":
    case "alias":
      return inner(sample.value);
    case "list":
      return bracketed("[", sample.items.map(inner), "]");
    case "tuple":
      return sample.items.length === 1
        ? ["(", inner(sample.items[0]!), ",)"]
        : bracketed("(", sample.items.map(inner), ")");
    case "object": {
      const name = use("api_client", names.type(sample.model.name));
      const args = sample.fields.map(({ field, value }): Layout => [
        `${names.attribute(sample.model, field)}=`,
        inner(value),
      ]);
      return bracketed(`${name}(`, args, ")");
    }
    default:
      return unreachable(sample);
  }
}

function formatCode(format: WireFormat, text: string, use: Use): string {
  switch (format) {
    case "int64":
    case "uint64":
      return text;
    case "decimal":
      return `${use("decimal", "Decimal")}(${stringLiteral(text)})`;
    case "base64":
    case "base64url":
      return `b${stringLiteral(Buffer.from(text, format).toString("latin1"))}`;
    case "date-time": {
      const moment = stringLiteral(text.replace(/Z$/, "+00:00"));
      return `${use("datetime", "datetime")}.fromisoformat(${moment})`;
    }
    case "date":
    case "time":
      return `${use("datetime", format)}.fromisoformat(${stringLiteral(text)})`;
    case "duration":
      return `${use("datetime", "timedelta")}(seconds=${text.replaceAll(/\D/g, "")})`;
    case "uuid":
      return `${use("uuid", "UUID")}(${stringLiteral(text)})`;
    default:
      return unreachable(format);
  }
}
