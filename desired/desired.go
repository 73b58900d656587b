// Package desired manages the access entries of many clusters with one file: load the file, plan
// the steps that make the clusters match it, and apply the plan.
//
//	file, err := desired.Load(ctx, "access.yaml")
//	clients := func(region, profile string) (*access.Client, error) {
//		return access.NewClient(access.WithRegion(region), access.WithProfile(profile))
//	}
//	plan := file.Plan(file.Read(ctx, clients, 16))
//	report, err := desired.Apply(ctx, plan, clients, desired.Options{MaxRemovals: 5})
//
// A plan is a function of the file and of what was observed: it sends nothing and keeps no state.
// Entries that no rule names are left alone and listed, unless the cluster says "others: remove".
//
// Apply takes the last cluster-wide administrator from no cluster, and no access from a protected
// principal. It takes access from at most Options.MaxRemovals principals. Options lift these guards.
//
// Package desired/export writes files for what is there.
package desired
