import type { Contract, ContractMethod, JsonSchema } from "../../protocol/index.js";
import { countNodes, TooLargeError } from "./budget.js";
import { canonicalText } from "../../schema/index.js";
import type { Change } from "./change.js";
import { diffSchemas } from "./diff-schemas.js";
import { wireMethod, type WireMethod } from "../wire-method.js";

/** What a change of a method means for clients of the older contract. */
export type MethodVerdict = "same" | "compatible" | "changed" | "removed" | "added";

/** One method in the comparison of two contracts. */
export interface MethodDiff {
  readonly method: string;
  readonly verdict: MethodVerdict;
  /** What is different. Empty unless the verdict is `compatible` or `changed`. */
  readonly changes: readonly Change[];
}

/** The comparison of two contracts. */
export interface ContractDiff {
  /** Whether clients of the older contract work as before: no method is changed or removed. */
  readonly compatible: boolean;
  /** The methods of both, sorted by name. */
  readonly methods: readonly MethodDiff[];
}

/** Compares a contract with an older one. It takes any schema, and does not throw. */
export function diffContracts(old: Contract, now: Contract): ContractDiff {
  const [before, after] = [old, now].map(byName) as [MethodsByName, MethodsByName];
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  const methods = names.map((method): MethodDiff => {
    const [was, is] = [before.get(method), after.get(method)];
    if (!was || !is) return { method, verdict: was ? "removed" : "added", changes: [] };
    return { method, ...diffMethods(was, is) };
  });
  const breaking: MethodVerdict[] = ["changed", "removed"];
  return { compatible: !methods.some(({ verdict }) => breaking.includes(verdict)), methods };
}

type MethodsByName = ReadonlyMap<string, ContractMethod>;

function byName({ methods }: Contract): MethodsByName {
  return new Map(methods.map((method) => [method.name, method]));
}

/** Compares a method with an older form of it. It takes any schema, and does not throw. */
export function diffMethods(
  old: Omit<ContractMethod, "name">,
  now: Omit<ContractMethod, "name">,
): Omit<MethodDiff, "method"> {
  try {
    countNodes([old, now]);
    const [before, after] = [wireMethod(old), wireMethod(now)];
    if (canonicalText(before) === canonicalText(after)) return { verdict: "same", changes: [] };
    const changes = methodChanges(before, after);
    if (changes.length === 0) changes.push(WRITTEN_DIFFERENTLY);
    return {
      verdict: changes.some(({ breaking }) => breaking) ? "changed" : "compatible",
      changes,
    };
  } catch (error) {
    // Also numbers that JSON cannot represent, such as 1e999.
    return { verdict: "changed", changes: [cannotCompare(error)] };
  }
}

const WRITTEN_DIFFERENTLY: Change = {
  path: "",
  what: "is written differently",
  breaking: false,
  why: "the meaning is the same",
};

function cannotCompare(error: unknown): Change {
  const isTooLarge = error instanceof TooLargeError || error instanceof RangeError;
  const reason = isTooLarge ? "it is too large or too deep" : String(error);
  const why = "it may have changed in any way";
  return { path: "", what: `cannot be compared: ${reason}`, breaking: true, why };
}

function methodChanges(old: WireMethod, now: WireMethod): Change[] {
  return [
    ...paramsChanges(old.params, now.params),
    ...resultChanges(old.result, now.result),
    ...errorChanges(old.errors ?? [], now.errors ?? []),
    ...idempotenceChanges(old, now),
  ];
}

/** Without params, a client sends `{}` or nothing, and the server accepts only that. */
const NO_PARAMS: JsonSchema = { type: "object", additionalProperties: false };

function paramsChanges(old: JsonSchema | undefined, now: JsonSchema | undefined): Change[] {
  if (old === undefined && now === undefined) return [];
  return diffSchemas(old ?? NO_PARAMS, now ?? NO_PARAMS, "params", "params");
}

function resultChanges(old: JsonSchema | undefined, now: JsonSchema | undefined): Change[] {
  if (old !== undefined) return diffSchemas(old, now ?? { type: "null" }, "result", "result");
  if (now === undefined) return [];
  return [{ path: "result", what: "is new", breaking: false, why: "old clients ignore it" }];
}

function idempotenceChanges(old: WireMethod, now: WireMethod): Change[] {
  if (old.idempotent === now.idempotent) return [];
  const breaking = old.idempotent === true;
  const what = breaking ? "is no longer set" : "is now set";
  const why = breaking ? "old clients may send a call again" : "old clients send each call once";
  return [{ path: "idempotent", what, breaking, why }];
}

type WireErrorType = NonNullable<WireMethod["errors"]>[number];

function errorChanges(old: readonly WireErrorType[], now: readonly WireErrorType[]): Change[] {
  const before = new Map(old.map((error) => [error.name, error]));
  const after = new Map(now.map((error) => [error.name, error]));
  const added = now.filter(({ name }) => !before.has(name));
  const byCode = new Map(old.map((error) => [error.code, error]));
  return [
    ...old.flatMap((error) => knownErrorChanges(error, after.get(error.name))),
    ...added.flatMap((error) => newErrorChanges(error, byCode.get(error.code))),
  ];
}

function knownErrorChanges(old: WireErrorType, now: WireErrorType | undefined): Change[] {
  const path = `errors.${old.name}`;
  if (!now) {
    return [
      {
        path,
        what: "is no longer declared",
        breaking: false,
        why: "old clients no longer receive it",
      },
    ];
  }
  if (old.code !== now.code) {
    const what = `has the code ${now.code}, not ${old.code}`;
    return [{ path, what, breaking: true, why: "old clients recognize it by its code" }];
  }
  return detailsChanges(old, now, path);
}

/** A client that knows the code of a new error takes it for the known error. */
function newErrorChanges(error: WireErrorType, known: WireErrorType | undefined): Change[] {
  const path = `errors.${error.name}`;
  const changes = known ? detailsChanges(known, error, path) : [];
  const why = known
    ? `old clients treat it as ${known.name}`
    : "old clients treat it as an undeclared error";
  return [{ path, what: "is new", breaking: false, why }, ...changes];
}

function detailsChanges(old: WireErrorType, now: WireErrorType, path: string): Change[] {
  if (old.details === undefined) {
    if (now.details === undefined) return [];
    return [{ path, what: "now has details", breaking: false, why: "old clients ignore them" }];
  }
  if (now.details !== undefined) return diffSchemas(old.details, now.details, "result", path);
  return [{ path, what: "no longer has details", breaking: true, why: "old clients read them" }];
}
