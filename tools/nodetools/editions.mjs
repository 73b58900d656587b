// Writes the editions of the contract: OpenAPI 3.1, and plain.
//
//	node editions.mjs openapi.yaml plain.overlay.yaml dist
//
// openapi-format also converts to 3.1. It turns an enum of one value into a const, which some generators do not support, and
// writes timestamps without quotes, which YAML 1.1 reads as dates.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { openapiOverlay } from 'openapi-format';
import { Document, isScalar, parse, parseDocument, visit, YAMLSeq } from 'yaml';

const [contract, overlay, folder] = process.argv.slice(2);
const source = readFileSync(contract, 'utf8');

function save(name, document) {
  writeFileSync(`${folder}/${name}.yaml`, document.toString({ lineWidth: 0, flowCollectionPadding: false }));
  writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(document, null, 2)}\n`);
}

/** edition31 returns the contract as OpenAPI 3.1. A schema has a list of examples there, in place of one example. */
function edition31() {
  const document = parseDocument(source);
  assert.doesNotMatch(source, /\b(nullable|exclusiveMinimum|exclusiveMaximum):/, 'convert this keyword, too');
  document.set('openapi', '3.1.0');
  visit(document.getIn(['components', 'schemas']), {
    Pair(_, pair) {
      if (pair.key.value !== 'example') return undefined;
      const examples = new YAMLSeq();
      examples.flow = isScalar(pair.value);
      examples.add(pair.value);
      pair.key.value = 'examples';
      pair.value = examples;
      return visit.SKIP;
    },
  });
  return document;
}

/** plainEdition returns the contract with the overlay applied. */
async function plainEdition() {
  const overlaySet = parse(readFileSync(overlay, 'utf8'));
  const { data, resultData } = await openapiOverlay(parse(source), { overlaySet });
  assert.deepEqual(resultData.unusedActions, [], 'these actions of the overlay change nothing');
  // With compat, text that YAML 1.1 would read as a date or a boolean is quoted.
  const document = new Document(data, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  document.commentBefore = ' The plain edition of api/openapi.yaml, made with api/plain.overlay.yaml.';
  return document;
}

save('openapi-3.1', edition31());
save('openapi-plain', await plainEdition());
