"use strict";
// Makes vectors anew: reads a file such as structures.vectors, has node-opcua decode each block and encode it again field by field, and
// writes what comes of it in the same form. The same text means that the other make agrees with every name, number and byte.
//
//   node vectors.js ../../OpcUa.Tests/Services/structures.vectors OUTPUT
const fs = require("fs");
const opcua = require("node-opcua");
const types = require("node-opcua-types");
const { BinaryStream } = require("node-opcua-binary-stream");
const { encodeArray } = require("node-opcua-basic-types");

function fieldsOf(schema) {
  const base = schema.getBaseSchema?.();
  return [...(base && base !== schema ? fieldsOf(base) : []), ...schema.fields];
}

function written(write) {
  const stream = new BinaryStream(1 << 20);
  write(stream);
  return stream.buffer.subarray(0, stream.length);
}

function encode(field, value) {
  const one = field.category === "complex" ? (item, stream) => item.encode(stream) : (item, stream) => field.schema.encode(item, stream);
  return written((stream) => (field.isArray ? encodeArray(value, stream, one) : one(value, stream)));
}

function judge(block) {
  const [head, ...lines] = block.split("\n").filter((line) => line && !line.startsWith("#"));
  if (!head) return null;
  const [name, id] = head.split(" ");
  const Type = types[name] ?? opcua[name];
  if (!Type) return `${head}\n  not known to node-opcua`;
  const body = Buffer.from(lines.map((line) => line.split(": ")[1]).join("").replaceAll(" ", ""), "hex");
  const object = new Type();
  const stream = new BinaryStream(body);
  object.decode(stream);
  const known = Type.encodingDefaultBinary?.value ?? object.schema.encodingDefaultBinary?.value;
  const fields = fieldsOf(object.schema).map((field) => {
    const hex = encode(field, object[field.name]).toString("hex").toUpperCase().match(/../g).join(" ");
    return `  ${field.name[0].toUpperCase()}${field.name.slice(1)}: ${hex}`;
  });
  if (stream.length !== body.length) fields.push(`  ${body.length - stream.length} bytes left`);
  return [`${name} ${known ?? id}`, ...fields].join("\n");
}

const [comments] = fs.readFileSync(process.argv[2], "utf8").match(/^(#.*\n)*/);
const blocks = fs.readFileSync(process.argv[2], "utf8").split("\n\n").map((block) => {
  try {
    return judge(block);
  } catch (error) {
    return `${block.split("\n")[0]}\n  ${error.message}`;
  }
});
fs.writeFileSync(process.argv[3], `${comments}\n${blocks.filter(Boolean).join("\n\n")}\n`);
