package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/internal/yamlfile"
)

// appliedAnnotation holds the list that is in force (user guide).
const appliedAnnotation = "ncloud.com/applied-ncp-auth"

// configMap is what the ConfigMap kube-system/ncp-auth says.
type configMap struct {
	users           []mappedUser
	applied         []mappedUser // by the annotation
	hasApplied      bool
	authenticateAll bool
	notes           []string // on what is not understood
}

// mappedUser is a sub account in one of the lists.
type mappedUser struct {
	id       string
	username string
	groups   []string
}

const wantConfigMap = "(want the ConfigMap that kubectl get configmap ncp-auth -n kube-system -o yaml prints)"

// readConfigMap reads the ConfigMap. The error says what is wrong with it.
func readConfigMap(data []byte) (*configMap, error) {
	root, err := yamlfile.Parse("ConfigMap", data)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, errors.New("the input is empty " + wantConfigMap)
	}
	if root.Kind != yaml.MappingNode {
		return nil, errors.New("the input is not a mapping " + wantConfigMap)
	}
	kind := child(root, "kind")
	if kind == nil {
		return nil, errors.New("kind is missing " + wantConfigMap)
	}
	if kind.Value != "ConfigMap" {
		return nil, fmt.Errorf("kind is %q %s", kind.Value, wantConfigMap)
	}
	c := &configMap{}
	if err := c.readData(child(root, "data")); err != nil {
		return nil, err
	}
	metadata := child(root, "metadata")
	if name := child(metadata, "name"); name != nil && name.Value != "ncp-auth" {
		note := fmt.Sprintf("the name of the ConfigMap is %q: NKS reads the one of name ncp-auth", name.Value)
		c.notes = append(c.notes, note)
	}
	c.readAnnotation(child(metadata, "annotations"))
	return c, nil
}

// child returns the value of a key of a mapping, or nil.
func child(node *yaml.Node, key string) *yaml.Node {
	if node == nil || node.Kind != yaml.MappingNode {
		return nil
	}
	for pair := range slices.Chunk(node.Content, 2) {
		if pair[0].Value == key {
			return pair[1]
		}
	}
	return nil
}

func (c *configMap) readData(data *yaml.Node) error {
	if data == nil || data.Kind != yaml.MappingNode {
		return errors.New("data is missing, or is not a mapping " + wantConfigMap)
	}
	var users *yaml.Node
	var others []string
	for pair := range slices.Chunk(data.Content, 2) {
		key := pair[0].Value
		value := pair[1]
		switch key {
		case "mapSubAccounts":
			users = value
		case "authenticateAll":
			c.readAuthenticateAll(value.Value)
		default:
			others = append(others, key)
			c.notes = append(c.notes, fmt.Sprintf("data.%s is not carried over; only data.mapSubAccounts and "+
				"data.authenticateAll are known%s", key, nearMiss(key)))
		}
	}
	return c.readMapSubAccounts(users, others)
}

// nearMiss returns a hint at the key that was probably meant, or "".
func nearMiss(key string) string {
	for _, known := range []string{"mapSubAccounts", "authenticateAll"} {
		if strings.EqualFold(strings.TrimSpace(key), known) {
			return fmt.Sprintf(" (%q is not %s: case and blanks count)", key, known)
		}
	}
	return ""
}

func (c *configMap) readAuthenticateAll(text string) {
	value := strings.ToLower(strings.TrimSpace(text))
	c.authenticateAll = value == "true"
	if value != "true" && value != "false" && value != "" {
		c.notes = append(c.notes, fmt.Sprintf("data.authenticateAll is %q, neither true nor false: find out whether every "+
			"sub account can enter today, because that ends with the switch", text))
	}
}

func (c *configMap) readMapSubAccounts(users *yaml.Node, others []string) error {
	if users == nil {
		if c.authenticateAll {
			return nil
		}
		return errors.New("data.mapSubAccounts is missing" + keysOf(others))
	}
	if users.ShortTag() != "!!str" {
		return errors.New("data.mapSubAccounts must be text that holds a list (mapSubAccounts: |)")
	}
	if strings.TrimSpace(users.Value) == "" {
		return errors.New("data.mapSubAccounts is empty")
	}
	return c.readUsers(users.Value)
}

// keysOf names the keys that data has instead.
func keysOf(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	var quoted []string
	for _, key := range keys[:min(len(keys), 5)] {
		quoted = append(quoted, strconv.Quote(key))
	}
	hint := "; data has " + strings.Join(quoted, ", ")
	if slices.Contains(keys, "mapUsers") || slices.Contains(keys, "mapRoles") {
		hint += ", as aws-auth of Amazon EKS has"
	}
	return hint
}

// readUsers reads data.mapSubAccounts.
func (c *configMap) readUsers(text string) error {
	var items []struct {
		ID       string   `yaml:"subAccountIdNo"`
		GuideID  string   `yaml:"subaccountIdNo"` // the spelling in the text of the user guide
		Username string   `yaml:"username"`
		Groups   []string `yaml:"groups"`
	}
	if err := yamlfile.Decode("data.mapSubAccounts", []byte(text), &items); err != nil {
		return err
	}
	for i, item := range items {
		if item.ID != "" && item.GuideID != "" && !strings.EqualFold(item.ID, item.GuideID) {
			return fmt.Errorf("mapSubAccounts[%d] has both subAccountIdNo %q and subaccountIdNo %q", i, item.ID, item.GuideID)
		}
		id := item.ID
		if id == "" {
			id = item.GuideID
		}
		if id == "" {
			return fmt.Errorf("mapSubAccounts[%d]: subAccountIdNo is missing", i)
		}
		c.users = append(c.users, mappedUser{id, item.Username, item.Groups})
	}
	return nil
}

// readAnnotation reads the list that is in force. One that cannot be read is a note: the file can be
// made without it.
func (c *configMap) readAnnotation(annotations *yaml.Node) {
	applied := child(annotations, appliedAnnotation)
	if applied == nil {
		return
	}
	var items []appliedUser
	err := json.Unmarshal([]byte(applied.Value), &items)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		err = errors.New("want a list of objects with SubAccountIdNo, Username and a list of Groups")
	}
	if err != nil {
		note := fmt.Sprintf("the annotation %s cannot be read (%s), so it is not known which list is applied", appliedAnnotation, err)
		c.notes = append(c.notes, note)
		return
	}
	c.hasApplied = true
	for _, item := range items {
		c.applied = append(c.applied, mappedUser{item.SubAccountIdNo, item.Username, item.Groups})
	}
}

// appliedUser is a sub account in the annotation. Its keys may be in any case.
type appliedUser struct {
	SubAccountIdNo string
	Username       string
	Groups         []string
}

// UnmarshalJSON refuses duplicate keys, of which encoding/json takes the last one.
func (u *appliedUser) UnmarshalJSON(data []byte) error {
	type plain appliedUser
	if err := json.Unmarshal(data, (*plain)(u)); err != nil {
		return err
	}
	return checkKeys(data)
}

// checkKeys returns an error if an object has a key twice, in any case. data is well-formed JSON.
func checkKeys(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if _, err := decoder.Token(); err != nil { // the bracket
		return err
	}
	seen := map[string]bool{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		name := strings.ToLower(fmt.Sprint(key))
		if seen[name] {
			return fmt.Errorf("duplicate key %q", key)
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
	}
	return nil
}
