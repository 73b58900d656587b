// The rules of make check-links: linked files and anchors of this repository exist, and all other links are valid https URLs.
// No URL is fetched.
import remarkValidateLinks from 'remark-validate-links'
import { visit } from 'unist-util-visit'

function links() {
  return (tree, file) => visit(tree, ['link', 'image', 'definition'], (node) => {
    if (/^[a-z]+:|^\/\//i.test(node.url) && !(/^https:/.test(node.url) && URL.canParse(node.url)))
      file.message(`not an https link: ${node.url}`, node)
  })
}

export default { plugins: [[remarkValidateLinks, { repository: false }], links] }
