// Package speccheck compares the real service with the contract, and answers what the contract leaves
// open.
//
//	report, err := speccheck.Run(ctx, speccheck.Options{Gateway: g, Contract: contract})
//	fmt.Print(report.Markdown())
//
// It reads only. With [Options.Life] it also makes one entry for a principal that has none, changes it
// and removes it. It changes no entry that it did not make.
//
// A [Report] is made to be published. Nothing in it is copied from a response unless it has a form that
// no name, UUID, NRN, key or account number has; see words.go.
package speccheck

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/gateway"
)

// Options configure a check. Gateway and Contract are required.
type Options struct {
	// Gateway sends the requests.
	Gateway *gateway.Gateway
	// Contract is the contract of NKS.
	Contract *openapi3.T
	// Program is the name and version of the program, for the report.
	Program string
	// Cluster is the name or UUID of the cluster to check. Empty checks the first ones that have entries.
	Cluster string
	// Life makes the check write. Nil only reads. It needs Cluster.
	Life *Life
	// Progress is called with a sentence before each step. The sentences may contain names. Nil is silent.
	Progress func(sentence string)
}

// Life is the life of one entry: it is created, read, changed and deleted.
type Life struct {
	// Principal has no entry on the cluster.
	Principal access.NRN
	// Confirm is called with the name of the cluster before anything is written. If it returns an error,
	// the check ends with it.
	Confirm func(ctx context.Context, clusterName string) error
}

// InputError says that a check was not started because of its options.
type InputError struct{ reason string }

func (e *InputError) Error() string { return e.reason }

func inputErrorf(format string, args ...any) error { return &InputError{fmt.Sprintf(format, args...)} }

const (
	maxClusters = 3 // of a check without Cluster
	maxEntries  = 3 // of a cluster that are read one by one
)

// check is one run.
type check struct {
	*caller
	options Options
	report  *Report
}

// Run checks the service. There is a report if there is no error, or if something was written.
//
// The error is an [*InputError] if the options do not fit the cluster, that of Confirm, that of ctx, or
// that of a call without which the check cannot go on. If what the check made may still be there, it is
// a [*LeftBehindError].
func Run(ctx context.Context, options Options) (*Report, error) {
	if options.Progress == nil {
		options.Progress = func(string) {}
	}
	if options.Life != nil && options.Cluster == "" {
		return nil, inputErrorf("a check that writes needs a cluster")
	}
	seen := newObservations(options.Contract)
	c := &check{
		caller:  &caller{gateway: options.Gateway, contract: newContract(options.Contract), seen: seen},
		options: options,
		report:  newReport(options),
	}
	wrote, err := c.run(ctx)
	if err != nil && !wrote {
		return nil, err
	}
	seen.fill(c.report, options.Life != nil)
	return c.report, err
}

func (c *check) run(ctx context.Context) (wrote bool, err error) {
	chosen, err := c.readClusters(ctx)
	if err != nil {
		return false, err
	}
	for i, one := range chosen {
		if err := c.readCluster(ctx, one, i == 0); err != nil {
			return false, err
		}
	}
	if c.options.Life == nil {
		return false, nil
	}
	if len(chosen) == 0 {
		return false, inputErrorf("the list of clusters could not be read, so nothing was written")
	}
	return c.live(ctx, chosen[0])
}

// cluster is a cluster as far as the check knows it.
type cluster struct{ uuid, name, status, authType string }

func newCluster(value any) cluster {
	return cluster{
		uuid:     textOf(value, "uuid"),
		name:     textOf(value, "name"),
		status:   textOf(value, "status"),
		authType: textOf(value, "authType"),
	}
}

// isReady reports whether the cluster accepts a change. A service that sends no status is asked all the
// same.
func (c cluster) isReady() bool {
	return c.status == "RUNNING" || c.status == "NO_NODE" || c.status == ""
}

// readClusters lists the clusters, and returns those to check.
func (c *check) readClusters(ctx context.Context) ([]cluster, error) {
	c.options.Progress("List the clusters.")
	list, err := c.read(ctx, "listClusters", nil)
	isWrongURL := list.status == http.StatusNotFound
	if isFatal(ctx, err) || isWrongURL {
		return nil, err
	}
	if err != nil {
		c.skip("everything after the list of clusters, which failed with status %d", list.status)
		return nil, nil
	}
	var all []cluster
	for _, value := range listOf(list.value, "clusters") {
		found := newCluster(value)
		if _, err := uuid.Parse(found.uuid); err == nil {
			all = append(all, found)
		}
	}
	if c.options.Cluster != "" {
		return c.named(all)
	}
	withEntries := slices.DeleteFunc(all, func(one cluster) bool { return one.authType != "API" })
	if len(withEntries) == 0 {
		c.skip("entries: no cluster has the authType API")
	}
	return withEntries[:min(len(withEntries), maxClusters)], nil
}

// named returns the cluster of the options.
func (c *check) named(all []cluster) ([]cluster, error) {
	var found []cluster
	for _, one := range all {
		if strings.EqualFold(one.uuid, c.options.Cluster) || one.name == c.options.Cluster {
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return nil, inputErrorf("the region has no cluster %q", c.options.Cluster)
	}
	if len(found) > 1 {
		return nil, inputErrorf("more than one cluster has the name %q; use the UUID", c.options.Cluster)
	}
	return found, nil
}

// readCluster reads a cluster and its entries. With probe it also reads what does not exist.
func (c *check) readCluster(ctx context.Context, one cluster, probe bool) error {
	c.options.Progress("Read cluster " + one.name + " and its entries.")
	onCluster := parameters{"uuid": one.uuid}
	if err := c.tryRead(ctx, "getCluster", onCluster); err != nil {
		return err
	}
	list, err := c.read(ctx, "listAccessEntries", onCluster)
	if isFatal(ctx, err) {
		return err
	}
	if err != nil {
		c.skip("the entries of a cluster: the list failed with status %d", list.status)
		return nil
	}
	entries := listOf(list.value, "accessEntries")
	for _, entry := range entries[:min(len(entries), maxEntries)] {
		id := textOf(entry, "uuid")
		if _, err := uuid.Parse(id); err != nil {
			c.skip("an entry whose uuid is not a UUID")
			continue
		}
		if err := c.tryRead(ctx, "getAccessEntry", parameters{"uuid": one.uuid, "entryUuid": id}); err != nil {
			return err
		}
	}
	if !probe {
		return nil
	}
	nobody := uuid.NewString()
	if err := c.readMissing(ctx, "getAccessEntry", parameters{"uuid": one.uuid, "entryUuid": nobody}); err != nil {
		return err
	}
	return c.readMissing(ctx, "getCluster", parameters{"uuid": nobody})
}

// tryRead reads, and goes on if the service refuses that.
func (c *check) tryRead(ctx context.Context, id string, values parameters) error {
	x, err := c.read(ctx, id, values)
	if isFatal(ctx, err) {
		return err
	}
	if err != nil {
		c.skip("%s, which failed with status %d", id, x.status)
	}
	return nil
}

// readMissing reads something that does not exist.
func (c *check) readMissing(ctx context.Context, id string, values parameters) error {
	x, err := c.read(ctx, id, values)
	if isFatal(ctx, err) && !errors.Is(err, gateway.ErrForbidden) {
		return err
	}
	c.seen.note(topicMissing, "%s: %d", id, x.status)
	return nil
}

func (c *check) skip(format string, args ...any) {
	c.report.NotChecked = append(c.report.NotChecked, fmt.Sprintf(format, args...))
}

// isFatal reports whether a check cannot go on: the context ended, the key is refused, or there is no
// response.
func isFatal(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	var failed *gateway.Error
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return true
	}
	return failed.Status == 0 || failed.Status == http.StatusUnauthorized || failed.Status == http.StatusForbidden
}

// newReport returns a report without results.
func newReport(options Options) *Report {
	mode := "read-only"
	if options.Life != nil {
		mode = "reads, and the life of one entry"
	}
	return &Report{
		Program:     options.Program,
		Contract:    options.Contract.Info.Version,
		Environment: environmentOf(options.Gateway.Settings().BaseURL),
		Mode:        mode,
		Date:        time.Now().UTC().Format(time.DateOnly),
	}
}

// environmentOf names the environment of a base URL. It does not repeat a URL that is not the
// provider's.
func environmentOf(baseURL string) string {
	for _, location := range gateway.Locations() {
		if strings.TrimRight(baseURL, "/") == location.BaseURL {
			return fmt.Sprintf("%s environment, region %s", location.Environment, location.Region)
		}
	}
	return "another gateway, such as the emulator"
}
