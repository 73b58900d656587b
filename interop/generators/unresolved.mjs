// Finds types that generated models use and nobody declares, for languages whose compiler or libraries this machine does not have.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// How the models of a language declare a type and use one, and the names that are not the generator's.
const languages = {
  kotlin: {
    models: /models\/\w+\.kt$/, declares: /\b(?:class|interface)\s+(\w+)/g, uses: /[:<]\s*([A-Z]\w*)/g, libraries: ['String', 'Suppress'],
  },
  rust: {
    models: /models\/\w+\.rs$/, declares: /\b(?:struct|enum)\s+(\w+)/g, uses: /\bmodels::([A-Z]\w*)/g, libraries: [],
  },
  swift5: {
    models: /Models\/\w+\.swift$/, declares: /\b(?:struct|enum)\s+(\w+)/g, uses: /[:[]\s*([A-Z]\w*)/g, libraries: ['AnyCodable', 'Bool', 'Codable', 'Decoder', 'Encoder', 'Int', 'String'],
  },
  csharp: {
    models: /Model\/\w+\.cs$/, declares: /\b(?:class|enum)\s+(\w+)/g, uses: /\b(?:public|List<)\s*([A-Z]\w*)\??(?= \w+ {|>)/g, libraries: ['Object'],
  },
  typescript: {
    models: /models\/\w+\.ts$/, declares: /\b(?:class|type|enum)\s+(\w+)/g, uses: /import \{ (\w+) \} from '\.\.\/models\//g, libraries: [],
  },
  dart: {
    models: /model\/\w+\.dart$/, declares: /\bclass\s+(\w+)/g, uses: /(?:^ +|List<)([A-Z]\w*)(?= \w+(?: =.*)?;|>)/gm, libraries: ['String'],
  },
};

/** unresolved returns the names of types that the models in a folder use, and neither they nor a library declare. */
export function unresolved(language, folder) {
  const { models, declares, uses, libraries } = languages[language];
  const files = readdirSync(folder, { recursive: true }).filter((file) => models.test(file));
  const code = files.map((file) => withoutCommentsAndTexts(readFileSync(join(folder, file), 'utf8'))).join('\n');
  const names = (pattern) => [...code.matchAll(pattern)].map(([, name]) => name);
  const used = names(uses);
  if (!used.length) throw new Error(`${folder} holds no models`);
  const known = new Set([...names(declares), ...libraries]);
  return [...new Set(used)].filter((name) => !known.has(name)).sort();
}

function withoutCommentsAndTexts(code) {
  return code.replace(/\/\*[^]*?\*\//g, '').replace(/\/\/.*/g, '').replace(/"(?:\\.|[^"\\\n])*"/g, '""');
}
