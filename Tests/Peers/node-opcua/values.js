"use strict";
// Between JSON and the other make's variants.
const { DataType, Variant, VariantArrayType } = require("node-opcua");

/** A variant of a type by name; "NaN" stands for itself, null for no value. */
function wrap(type, value) {
  const dataType = DataType[type];
  if (dataType === undefined) throw new Error(`unknown data type '${type}'`);
  if (value === null) return new Variant({ dataType: DataType.Null });
  if (type === "UInt64" || type === "Int64")
    return new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: [Math.floor(value / 2 ** 32), value % 2 ** 32] });
  if (Array.isArray(value)) return new Variant({ dataType, arrayType: VariantArrayType.Array, value });
  if (type === "LocalizedText") return new Variant({ dataType, value: { text: value } });
  if (type === "DateTime") return new Variant({ dataType, value: new Date(value) });
  return new Variant({ dataType, value: value === "NaN" ? NaN : value });
}

/** 64-bit integers come as two halves; beyond 2^53 they are told as text. */
function number(int64) {
  if (!Array.isArray(int64)) return Number(int64);
  const exact = (BigInt(int64[0]) << 32n) | BigInt(int64[1] >>> 0);
  return exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact.toString();
}

function plain(variant) {
  const { dataType, arrayType, value } = variant;
  const is64 = dataType === DataType.Int64 || dataType === DataType.UInt64;
  if (value === null || value === undefined) return null;
  if (arrayType !== VariantArrayType.Scalar) return Array.from(value, (item) => plain({ dataType, arrayType: VariantArrayType.Scalar, value: item }));
  if (is64) return number(value);
  if (dataType === DataType.LocalizedText) return value.text;
  if (dataType === DataType.NodeId || dataType === DataType.QualifiedName || dataType === DataType.StatusCode) return value.toString();
  if (dataType === DataType.ByteString) return value.toString("base64");
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}

function describe(dataValue) {
  return {
    value: dataValue.value ? plain(dataValue.value) : null,
    type: dataValue.value ? DataType[dataValue.value.dataType] : "Null",
    status: dataValue.statusCode.name,
    source: dataValue.sourceTimestamp ?? null,
    server: dataValue.serverTimestamp ?? null,
  };
}

module.exports = { wrap, number, plain, describe };
