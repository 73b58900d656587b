package browsertest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/cli"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// The page of nks-access who shows each principal and cluster, without a network and without
// running what others wrote into a name.
func TestWhoPage(t *testing.T) {
	const evil = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`
	server, err := emulator.Start(emulator.Options{Clusters: []nks.Cluster{
		{UUID: emulator.DemoClusterUUID, Name: "demo", Status: "RUNNING", AuthType: "API", RegionCode: "KR"},
		{UUID: "11111111-e0fb-4dc9-af1b-97fd3f8d0000", Name: "운영", Status: "RUNNING", AuthType: "API", RegionCode: "KR"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client, err := access.NewClient(access.WithBaseURL(server.BaseURL()),
		access.WithCredentials(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)))
	if err != nil {
		t.Fatal(err)
	}
	for _, principal := range []access.NRN{
		"nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4",
		"nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c",
	} {
		_, err := client.Create(context.Background(), emulator.DemoClusterUUID, access.NewEntry{
			Principal: principal,
			Grants:    access.Grants{Groups: []string{evil}, Policies: []access.Policy{access.View.OnCluster()}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("NCLOUD_API_GW", server.URL)
	t.Setenv("NCLOUD_ACCESS_KEY", emulator.DemoAccessKey)
	t.Setenv("NCLOUD_SECRET_KEY", emulator.DemoSecretKey)
	var page, errors bytes.Buffer
	if code := cli.Main([]string{"who", "-o", "html"}, strings.NewReader(""), &page, &errors); code != 0 {
		t.Fatalf("exit code %d: %s", code, errors.String())
	}
	file := filepath.Join(t.TempDir(), "who.html")
	if err := os.WriteFile(file, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, width := range map[string]int64{"who-phone": 390, "who": 1280} {
		t.Run(name, func(t *testing.T) {
			b := start(t, nil)
			b.size(width, 800)
			b.run(chromedp.Navigate("file://"+file), chromedp.WaitVisible(chromedp.CSS("table")))
			b.screenshot(name)
			if title := value[string](b, `document.title`); title != "Who may enter which clusters" {
				t.Errorf("the title is %q", title)
			}
			if rows := value[int](b, `document.querySelectorAll('tbody tr').length`); rows != 2 {
				t.Errorf("%d rows, want 2", rows)
			}
			if text := value[string](b, `document.querySelector('td li').innerText`); text != "NKSViewPolicy" {
				t.Errorf("the first cell is %q", text)
			}
			if text := value[string](b, `document.querySelectorAll('td li')[1].innerText`); text != "group "+evil {
				t.Errorf("the group is %q", text)
			}
			if height := value[float64](b, `document.querySelector('.nrn').offsetHeight`); height > 40 {
				t.Errorf("the NRN is %.0f pixels high", height)
			}
			const cell = `document.querySelector('td')`
			if before := value[string](b, `getComputedStyle(`+cell+`, '::before').content`); width < 640 && before != `"demo"` {
				t.Errorf("the cell says it is of cluster %s", before)
			}
			if right := value[float64](b, cell+`.getBoundingClientRect().right`); right > float64(width) {
				t.Errorf("the cell ends at %.0f", right)
			}
			if w := value[int64](b, `document.documentElement.scrollWidth`); w > width {
				t.Errorf("the page is %d wide", w)
			}
		})
	}
}
