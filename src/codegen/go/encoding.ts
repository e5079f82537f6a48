import { unreachable, type Type, type Models } from "../api-model.js";
import { goType } from "./types.js";

/**
 * The Go expression for `value` with empty lists and maps in place of nil ones, which would be
 * sent as null; `undefined` where that changes nothing. Null stays where the type allows it.
 */
export function withoutNil(
  value: string,
  type: Type,
  models: Models,
  nilAllowed: boolean,
): string | undefined {
  switch (type.kind) {
    case "array": {
      const items = eachOf("eachItem", value, type.items, models);
      return nilAllowed ? items : `orEmptyList(${items ?? value})`;
    }
    case "map": {
      const values = eachOf("eachValue", value, type.values, models);
      return nilAllowed ? values : `orEmptyMap(${values ?? value})`;
    }
    case "nullable":
      return type.type.kind === "array" || type.type.kind === "map"
        ? withoutNil(value, type.type, models, true)
        : undefined;
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "unknown":
    case "model":
      return undefined;
    default:
      return unreachable(type);
  }
}

function eachOf(each: string, value: string, inner: Type, models: Models): string | undefined {
  const changed = withoutNil("v", inner, models, false);
  if (changed === undefined) return undefined;
  const type = goType(inner, models);
  const change = /^(orEmpty\w+)\(v\)$/.exec(changed)?.[1];
  const body = changed.replaceAll("\n", "\n\t");
  return `${each}(${value}, ${change ?? `func(v ${type}) ${type} {\n\treturn ${body}\n}`})`;
}

/** The helper functions of the package, each with what it calls itself. */
export const HELPERS: ReadonlyMap<string, { readonly text: string; readonly imports: string[] }> =
  new Map([
    [
      "eachItem",
      {
        imports: [],
        text: `// eachItem is a copy of a list with every item changed.
func eachItem[T any](list []T, change func(T) T) []T {
	if list == nil {
		return nil
	}
	changed := make([]T, len(list))
	for i, item := range list {
		changed[i] = change(item)
	}
	return changed
}
`,
      },
    ],
    [
      "eachValue",
      {
        imports: [],
        text: `// eachValue is a copy of a map with every value changed.
func eachValue[T any](values map[string]T, change func(T) T) map[string]T {
	if values == nil {
		return nil
	}
	changed := make(map[string]T, len(values))
	for key, value := range values {
		changed[key] = change(value)
	}
	return changed
}
`,
      },
    ],
    [
      "jsonKind",
      {
        imports: [],
        text: `// jsonKind is what a JSON value starts with; '0' for every number and 't' for both booleans.
func jsonKind(data []byte) byte {
	if len(data) == 0 {
		return 0
	}
	switch first := data[0]; first {
	case '"', '[', '{', 'n':
		return first
	case 't', 'f':
		return 't'
	default:
		return '0'
	}
}
`,
      },
    ],
    [
      "marshalJSON",
      {
        imports: ["bytes", "encoding/json"],
        text: `// marshalJSON encodes a value and leaves <, > and & as they are.
func marshalJSON(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\\n")), nil
}
`,
      },
    ],
    [
      "orEmptyList",
      {
        imports: [],
        text: `// orEmptyList is [] for nil, which would be sent as null.
func orEmptyList[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
`,
      },
    ],
    [
      "orEmptyMap",
      {
        imports: [],
        text: `// orEmptyMap is {} for nil, which would be sent as null.
func orEmptyMap[T any](values map[string]T) map[string]T {
	if values == nil {
		return map[string]T{}
	}
	return values
}
`,
      },
    ],
  ]);
