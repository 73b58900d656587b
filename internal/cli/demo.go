package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

func newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show a signed create and get over real HTTP, on an emulator of its own",
		Args:  cobra.NoArgs,
		RunE: run(func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), cmd.OutOrStdout())
		}),
	}
}

func demo(ctx context.Context, out io.Writer) error {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		return err
	}
	defer server.Close()
	baseURL := server.URL + emulator.BasePaths[0]
	fmt.Fprintf(out, "The emulator serves NKS at %s, cluster %s is %s.\n", baseURL, emulator.DemoClusterName, emulator.DemoClusterUUID)

	sign := signer.New(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey))
	transcript := &transcript{out: out, client: &http.Client{CheckRedirect: signer.NoRedirect, Timeout: 10 * time.Second}}
	client, err := nks.NewClientWithResponses(baseURL, nks.WithHTTPClient(transcript),
		nks.WithRequestEditorFn(sign.Sign), nks.WithRequestEditorFn(transcript.noteSigned))
	if err != nil {
		return err
	}
	cluster := uuid.MustParse(emulator.DemoClusterUUID)
	const principal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"

	transcript.step("Create an access entry: the sub account may read everything and write in two sets of namespaces.")
	created, err := client.CreateAccessEntryWithResponse(ctx, cluster, nks.CreateAccessEntryRequest{
		Type:  nks.AccessEntryTypeUser,
		Entry: principal,
		Policies: []nks.AccessPolicy{
			{Type: nks.AccessPolicyTypeNKSViewPolicy, Scope: nks.AccessPolicyScopeCluster},
			{Type: nks.AccessPolicyTypeNKSEditPolicy, Scope: nks.AccessPolicyScopeNamespace, Namespaces: []string{"dev", "*-ns"}},
		},
	})
	if err != nil {
		return err
	}
	if created.JSON2XX == nil {
		return failure("create access entry", created.Status(), created.JSONDefault)
	}

	transcript.step("The answer holds the UUID of the cluster, not of the entry: find the entry in the list, by its NRN.")
	list, err := client.ListAccessEntriesWithResponse(ctx, cluster)
	if err != nil {
		return err
	}
	if list.JSON2XX == nil || len(list.JSON2XX.AccessEntries) != 1 || list.JSON2XX.AccessEntries[0].Entry != principal {
		return failure("find the access entry in the list", list.Status(), list.JSONDefault)
	}
	entry, err := uuid.Parse(list.JSON2XX.AccessEntries[0].UUID)
	if err != nil {
		return err
	}

	transcript.step("Read it back.")
	read, err := client.GetAccessEntryWithResponse(ctx, cluster, entry)
	if err != nil {
		return err
	}
	if read.JSON2XX == nil || read.JSON2XX.AccessEntry.Entry != principal {
		return failure("read the access entry back", read.Status(), read.JSONDefault)
	}

	transcript.step("Tamper: turn the signed GET into a DELETE on the way.")
	tampered, err := client.GetAccessEntryWithResponse(ctx, cluster, entry, func(_ context.Context, r *http.Request) error {
		r.Method = http.MethodDelete
		return nil
	})
	if err != nil {
		return err
	}
	if tampered.StatusCode() != http.StatusUnauthorized {
		return errors.New("the emulator did not refuse a tampered request: " + tampered.Status())
	}
	fmt.Fprintln(out, "\nCreated, found, read back, and the tampered request was refused.")
	return nil
}

// transcript sends requests and prints what goes over the wire.
type transcript struct {
	out    io.Writer
	client *http.Client
	steps  int
	signed string // the string that the request under way was signed with
}

// noteSigned is a request editor that comes after the one that signs.
func (t *transcript) noteSigned(_ context.Context, r *http.Request) error {
	t.signed = signer.StringToSign(r.Method, r.URL.RequestURI(), r.Header.Get(signer.HeaderTimestamp), r.Header.Get(signer.HeaderAccessKey))
	return nil
}

func (t *transcript) step(words string) {
	t.steps++
	fmt.Fprintf(t.out, "\n%d. %s\n\n", t.steps, words)
}

func (t *transcript) Do(r *http.Request) (*http.Response, error) {
	fmt.Fprintf(t.out, "   %s %s\n", r.Method, r.URL.RequestURI())
	for _, name := range []string{signer.HeaderTimestamp, signer.HeaderAccessKey, signer.HeaderSignature} {
		fmt.Fprintf(t.out, "   %s: %s\n", strings.ToLower(name), r.Header.Get(name))
	}
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(t.out, "   %s\n", data)
	}
	fmt.Fprintf(t.out, "\n   signed: %q\n", t.signed)
	resp, err := t.client.Do(r)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, emulator.MaxBodyBytes))
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	fmt.Fprintf(t.out, "\n   %s\n   %s\n", resp.Status, bytes.TrimSpace(data))
	return resp, nil
}
