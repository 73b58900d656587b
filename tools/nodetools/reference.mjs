// Writes the reference of the contract: one page that contains Redoc and sends no requests.
//
//	node reference.mjs openapi.json index.html
import { readFileSync, writeFileSync } from 'node:fs';

const [contract, page] = process.argv.slice(2);
const bundle = new URL('node_modules/redoc/bundles/redoc.standalone.js', import.meta.url);

// Redoc would fetch this logo. The text beside it says the same.
const logo = 'https://cdn.redoc.ly/redoc/logo-mini.svg';
const redoc = readFileSync(bundle, 'utf8');
if (!redoc.includes(logo)) throw new Error('this Redoc has another logo');

const document = JSON.parse(readFileSync(contract, 'utf8'));
// Redoc shows the base URLs only after a click on the path of an operation.
document.info.description += `\n# Base URLs\n\n${document.servers.map(({ url, description }) => `- \`${url}\`: ${description}\n`).join('')}`;
document.info.description += '\n# Authentication\n\n<SecurityDefinitions />\n';
const options = {
	hideDownloadButtons: true,
	hideLoading: true,
	jsonSamplesExpandLevel: 'all',
	pathInMiddlePanel: true,
	theme: { typography: { code: { wrap: true } } },
};

writeFileSync(page, `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data:">
<title>${document.info.title} ${document.info.version}</title>
<style>
	body { margin: 0; }
	.dropdown-select + label { max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
	.redoc-json { overflow-wrap: anywhere; }
	.http-verb + span { white-space: normal; overflow-wrap: anywhere; }
</style>
<div id="reference"></div>
<noscript>This page needs JavaScript. The contract is text in <a href="openapi.yaml">openapi.yaml</a>.</noscript>
<script>
${readFileSync(new URL(`${bundle}.LICENSE.txt`), 'utf8')}
${redoc.replace(logo, 'data:,')}
</script>
<script>
const contract = ${JSON.stringify(document).replaceAll('<', '\\u003c')};
Redoc.init(contract, ${JSON.stringify(options)}, document.getElementById('reference'));
</script>
</html>
`);
