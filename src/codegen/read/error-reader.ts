import type { ContractErrorType, ContractMethod } from "../../protocol/index.js";
import type { ApiError, Origin } from "../model/api-model.js";
import { describeOrigin, type ContractProblem } from "../model/contract-error.js";
import { SchemaReader, type ReaderSink } from "./schema-reader.js";

/** The range of codes for errors of applications. */
const MIN_CODE = 1000;
const MAX_CODE = 1999;

const RENAME_ERROR = "rename one of them";

/** Reads the errors that methods declare, each once, sorted by name. */
export function readErrors(methods: readonly ContractMethod[], sink: ReaderSink): ApiError[] {
  const byName = new Map<string, ApiError>();
  const byCode = new Map<number, ApiError>();
  for (const method of methods) {
    for (const declared of method.errors ?? []) {
      const error = readError(method.name, declared, sink);
      const known = byName.get(error.name);
      const owner = byCode.get(error.code);
      if (known === undefined) byName.set(error.name, error);
      else if (!isSame(known, error)) refuseTwin(error, known, sink.problems);
      if (owner === undefined) byCode.set(error.code, error);
      else if (owner.name !== error.name) refuseCode(error, owner, sink.problems);
    }
  }
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readError(method: string, declared: ContractErrorType, sink: ReaderSink): ApiError {
  const { name, code, description, details } = declared;
  const origin: Origin = { method, path: `errors.${name}` };
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
    const fix = "use a name like TaskNotFound";
    sink.problems.push({ ...origin, problem: "the error name is not a valid type name", fix });
  }
  if (!Number.isInteger(code) || code < MIN_CODE || code > MAX_CODE) {
    const problem = `the code ${code} is outside the range for applications`;
    sink.problems.push({ ...origin, problem, fix: `use a code from ${MIN_CODE} to ${MAX_CODE}` });
  }
  const type =
    details === undefined
      ? undefined
      : new SchemaReader(details, false, sink).readRoot(
          { method, path: `${origin.path}.details` },
          `${name}Details`,
          `error ${name}`,
        );
  const text = description?.trim() === "" ? undefined : description;
  return { name, code, description: text, details: type, origin };
}

function isSame(a: ApiError, b: ApiError): boolean {
  return a.code === b.code && JSON.stringify(a.details) === JSON.stringify(b.details);
}

function refuseTwin(error: ApiError, known: ApiError, problems: ContractProblem[]): void {
  const part = error.code === known.code ? "different details" : "a different code";
  const problem = `the error ${error.name} has ${part} at ${describeOrigin(known.origin)}`;
  problems.push({ ...error.origin, problem, fix: RENAME_ERROR });
}

function refuseCode(error: ApiError, owner: ApiError, problems: ContractProblem[]): void {
  const problem = `the code ${error.code} is also used by ${owner.name} at ${describeOrigin(owner.origin)}`;
  problems.push({ ...error.origin, problem, fix: "change one of the codes" });
}
