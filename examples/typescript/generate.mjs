// Makes src/generated/ from the document: types by openapi-typescript, and the document itself, whose extensions the
// overlay reads. Nothing of it is kept in the repository, so it cannot drift.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString, NULL, STRING, tsLiteral, tsUnion } from "openapi-typescript";
import ts from "typescript";
import { parse } from "yaml";

const source = new URL("../../openapi/superoffice.yaml", import.meta.url);
const target = new URL("src/generated/", import.meta.url);
const moment = ts.factory.createTypeReferenceNode("Moment");
const anyText = ts.factory.createIntersectionTypeNode([STRING, ts.factory.createTypeLiteralNode([])]);

const types = await openapiTS(source, {
  inject: 'import type { Moment } from "../dates.js";',
  transform(schema) {
    const of = schema.allOf?.[0]?.$ref ?? "";
    if (of.endsWith("/Moment") || schema.format === "iso-date-time") return schema.nullable ? tsUnion([moment, NULL]) : moment;
    // `string & {}` keeps an editor's completion of the known values, and admits the others.
    if (schema["x-open"]) return tsUnion([...schema.enum.map(tsLiteral), anyText, ...(schema.nullable ? [NULL] : [])]);
    return undefined;
  },
});
const document = parse(await readFile(source, "utf8"));
await mkdir(target, { recursive: true });
await writeFile(new URL("superoffice.ts", target), astToString(types));
const values = `export const document = ${JSON.stringify(document, null, 1)} as const;\n`;
await writeFile(new URL("document.ts", target), values);
