package cli

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

func (a *app) newWho() *cobra.Command {
	var filter desired.Filter
	cmd := &cobra.Command{
		Use:   "who",
		Short: "Show who may enter which clusters",
		Long: `Show which principals may enter which clusters, with which groups and policies. It reads all clusters of the region, or
with -f those of a file. Names of principals come from the file.`,
		Example: `  nks-access who --policy NKSClusterAdminPolicy
  nks-access who -f access.yaml --principal backend
  nks-access who -o html > access.html`,
	}
	f := a.fleet(cmd)
	f.filesFlag(cmd,
		"`FILE` or folder with the clusters and the names of principals (repeatable; default: all clusters of the region)")
	cmd.Flags().StringVar(&filter.Principal, "principal", "", "only `PRINCIPAL`, by name, NRN or pattern")
	cmd.Flags().StringVar(&filter.Policy, "policy", "", "only those who have the policy of `TYPE`")
	cmd.Flags().StringVar(&filter.Cluster, "cluster", "", "only `CLUSTER`, by name, UUID or pattern")
	out := newOutput(cmd, "table", "json", "csv", "html")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := filter.Check(); err != nil {
			return usagef("%v", err)
		}
		ctx, cancel := f.deadline(cmd.Context())
		defer cancel()
		var file *desired.File
		var err error
		if len(f.files) > 0 {
			file, err = f.load()
		} else {
			file, err = f.region(ctx, nil)
		}
		if err != nil {
			return err
		}
		states := f.read(ctx, file.Clusters)
		list, unread := file.Who(states, filter)
		read := slices.DeleteFunc(states, func(s desired.State) bool { return s.Err != nil || !filter.Takes(s) })
		if len(read) == 0 && unread == nil && filter.Cluster != "" {
			return fmt.Errorf("find cluster %q: %w: %d clusters were read",
				filter.Cluster, access.ErrNotFound, len(file.Clusters))
		}
		var notes []string
		for _, state := range read {
			if state.Cluster.AuthType == "CONFIG_MAP" {
				notes = append(notes, fmt.Sprintf("The auth type of cluster %q is CONFIG_MAP: "+
					"its ConfigMap ncp-auth says who may enter, not its entries.", state.Name))
			}
		}
		if len(list) == 0 {
			notes = append(notes, "No entry matches.")
		}
		for _, note := range notes {
			f.say("%s", note)
		}
		if out.format == "html" {
			err = writePage(cmd.OutOrStdout(), read, list, notes, unread)
		} else {
			err = writeWho(cmd.OutOrStdout(), out.format, list)
		}
		if err != nil {
			return err
		}
		return unread
	}
	return cmd
}

// writeWho writes permissions as text or data.
func writeWho(w io.Writer, format string, list []desired.Permission) error {
	switch format {
	case "json":
		return (&output{format}).encode(w, list)
	case "csv":
		return writeCSV(w, list)
	}
	rows := [][]string{{"PRINCIPAL", "CLUSTER", "POLICIES", "GROUPS"}}
	for _, p := range list {
		rows = append(rows, []string{who(p.Name, p.Principal), p.Cluster, policiesOf(p.Policies), strings.Join(p.Groups, " ")})
	}
	return writeTable(w, rows)
}

func policiesOf(policies []access.Policy) string {
	texts := make([]string, len(policies))
	for i, policy := range policies {
		texts[i] = policy.String()
	}
	return strings.Join(texts, " ")
}

func writeCSV(w io.Writer, list []desired.Permission) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"principal", "name", "cluster", "cluster uuid", "entry uuid", "policies", "groups"}}
	for _, p := range list {
		rows = append(rows, []string{
			p.Principal, p.Name, p.Cluster, p.ClusterUUID, p.Entry, policiesOf(p.Policies), strings.Join(p.Groups, " "),
		})
	}
	for _, row := range rows {
		for i, text := range row {
			row[i] = noFormula(printable(text))
		}
	}
	return c.WriteAll(rows)
}

// noFormula keeps a spreadsheet from running what others wrote into a name: text that begins like a
// formula gets an apostrophe.
func noFormula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(text)[0]) {
		return "'" + text
	}
	return text
}

//go:embed who.html
var pageText string

var page = template.Must(template.New("who").Parse(pageText))

// matrix is the page of who: a row for each principal and a column for each cluster.
type matrix struct {
	Made     string
	Notes    []string
	Unread   string
	Clusters []string
	Rows     []*matrixRow
}

type matrixRow struct {
	Name, Principal string
	Cells           [][]string // what the principal has on each cluster, line by line
}

// writePage writes the page. It has a column for each cluster that was read, and says itself if
// others could not be.
func writePage(w io.Writer, read []desired.State, list []desired.Permission, notes []string, unread error) error {
	m := matrix{Made: time.Now().UTC().Format("2006-01-02 15:04 UTC")}
	for _, note := range notes {
		m.Notes = append(m.Notes, printable(note))
	}
	if unread != nil {
		m.Unread = unread.Error()
	}
	columns, rows := map[string]int{}, map[string]*matrixRow{}
	for i, state := range read {
		columns[state.Cluster.UUID] = i
		m.Clusters = append(m.Clusters, printable(state.Name))
	}
	for _, p := range list {
		row := rows[p.Principal]
		if row == nil {
			row = &matrixRow{printable(p.Name), printable(p.Principal), make([][]string, len(m.Clusters))}
			rows[p.Principal] = row
			m.Rows = append(m.Rows, row)
		}
		lines := p.Lines()
		if len(lines) == 0 {
			lines = []string{"(no groups, no policies)"}
		}
		for _, line := range lines {
			row.Cells[columns[p.ClusterUUID]] = append(row.Cells[columns[p.ClusterUUID]], printable(line))
		}
	}
	return page.Execute(w, m)
}
