export type {
  AliasModel,
  ApiError,
  ApiMethod,
  ApiModel,
  EnumBase,
  EnumModel,
  EnumValue,
  Field,
  JsonKind,
  JsonValue,
  Model,
  ObjectModel,
  Origin,
  Type,
  UnionModel,
  Variant,
  WireFormat,
} from "./api-model.js";
export { buildModel } from "./build-model.js";
export type { BuiltModel } from "./build-model.js";
export { ContractError } from "./contract-error.js";
export type { ContractProblem } from "./contract-error.js";
export type { GeneratedFiles, GeneratorInput } from "./generator.js";
export { generateGo } from "./go/index.js";
export { generatePython } from "./python/index.js";
export { generateTypescript } from "./typescript/index.js";
