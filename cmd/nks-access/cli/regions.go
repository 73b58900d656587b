package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/gateway"
)

// addRegionsFlag adds --all-regions.
func (c *connection) addRegionsFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.allRegions, "all-regions", false, "work on all regions of the environment, not on one")
}

// regionCodes returns the regions of the environment that the flags and the configuration reach.
func (c *connection) regionCodes() ([]string, error) {
	if c.region != "" || c.url != "" {
		return nil, usagef("--all-regions excludes --region and --url")
	}
	environment := gateway.Environment(strings.ToLower(c.environment))
	if environment == "" {
		client, err := c.client()
		if err != nil {
			return nil, err
		}
		environment = environmentOf(client.Settings().BaseURL)
	}
	var codes []string
	for _, location := range gateway.Locations() {
		if location.Environment == environment {
			codes = append(codes, location.Region)
		}
	}
	return codes, nil
}

// environmentOf returns the environment of a base URL. An unknown host is of the public one.
func environmentOf(base string) gateway.Environment {
	for _, location := range gateway.Locations() {
		if hostOf(location.BaseURL) == hostOf(base) {
			return location.Environment
		}
	}
	return gateway.Public
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}

// in returns the connection to a region.
func (c *connection) in(region string) *connection {
	other := *c
	other.region = region
	return &other
}

// clustersOfRegions lists the clusters of all regions. The error names the regions that could not be
// read; the others are listed all the same.
func (c *connection) clustersOfRegions(ctx context.Context) ([]desired.Region, error) {
	codes, err := c.regionCodes()
	if err != nil {
		return nil, err
	}
	read := make([]desired.Region, len(codes))
	errs := make([]error, len(codes))
	var reads sync.WaitGroup
	for i, code := range codes {
		reads.Go(func() {
			read[i].Code = code
			read[i].Clusters, errs[i] = c.in(code).clusters(ctx)
			if errs[i] != nil {
				errs[i] = fmt.Errorf("region %s: %w", code, errs[i])
			}
		})
	}
	reads.Wait()
	return eachOnce(read), errors.Join(errs...)
}

// clusters lists the clusters of the region.
func (c *connection) clusters(ctx context.Context) ([]access.Cluster, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	return client.Clusters(ctx)
}

// eachOnce returns the regions with each cluster once: in the region that it names itself, if that
// lists it, or else in the first. A gateway may serve all regions alike.
func eachOnce(all []desired.Region) []desired.Region {
	home := map[string]string{} // by UUID
	for _, region := range all {
		for _, cluster := range region.Clusters {
			id := strings.ToLower(cluster.UUID)
			if home[id] == "" || cluster.RegionCode == region.Code {
				home[id] = region.Code
			}
		}
	}
	for i := range all {
		isElsewhere := func(cluster access.Cluster) bool { return home[strings.ToLower(cluster.UUID)] != all[i].Code }
		all[i].Clusters = slices.DeleteFunc(all[i].Clusters, isElsewhere)
	}
	return all
}

// nameRegions notes the region of each cluster that was read, so that a file means the same whatever
// the environment of a shell says.
func (f *fleet) nameRegions(observed []desired.Observed) error {
	for i := range observed {
		o := &observed[i]
		if o.Err != nil || o.Spec.Region != "" {
			continue
		}
		client, err := f.clientOf("", o.Spec.Profile)
		if err != nil {
			return err
		}
		o.Spec.Region = cmp.Or(client.Settings().Region, f.regionAt(client.Settings().BaseURL, o))
	}
	return nil
}

// regionAt returns the region whose base URL is the one where a cluster was read, or "".
func (f *fleet) regionAt(base string, o *desired.Observed) string {
	candidates := []string{o.Cluster.RegionCode}
	for _, location := range gateway.Locations() {
		candidates = append(candidates, location.Region)
	}
	for _, code := range candidates {
		if gateway.CheckRegion(code) != nil {
			continue
		}
		client, err := f.clientOf(code, o.Spec.Profile)
		if err == nil && client.Settings().BaseURL == base {
			return code
		}
	}
	return ""
}
