// What make check-links asks of the links in Markdown files: files and anchors in this repository exist, and what is elsewhere
// has the form of an https link. Nothing is fetched.
import remarkValidateLinks from 'remark-validate-links'
import { visit } from 'unist-util-visit'

function links() {
  return (tree, file) => visit(tree, ['link', 'image', 'definition'], (node) => {
    if (/^[a-z]+:|^\/\//i.test(node.url) && !(/^https:/.test(node.url) && URL.canParse(node.url)))
      file.message(`not an https link: ${node.url}`, node)
  })
}

export default { plugins: [[remarkValidateLinks, { repository: false }], links] }
