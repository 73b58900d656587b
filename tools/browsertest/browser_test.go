// Package browsertest tests the pages of the emulator and of the contract in Chromium. It is a
// separate module, so that users of nks-access do not download the browser driver. Run it with make
// test-browser.
package browsertest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/nks-access/nks-access/emulator"
)

// browser is a tab that shows an emulator or a file.
type browser struct {
	testing.TB
	ctx    context.Context
	server *emulator.Server // nil for a file

	refused  string // the browser may complain about this text
	mu       sync.Mutex
	problems []string // what the browser complained about, and requests to other hosts
}

// open starts an emulator and a browser.
func open(t testing.TB, options emulator.Options) *browser {
	t.Helper()
	server, err := emulator.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return start(t, server)
}

// start starts a browser with a new profile. The test fails if the browser reports an error or
// sends a request to any host except the server.
func start(t testing.TB, server *emulator.Server) *browser {
	t.Helper()
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(cmp.Or(os.Getenv("CHROMIUM"), "/usr/bin/chromium")),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), // even if a page tried, nothing gets out
	}
	for _, flag := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage",
		"disable-default-apps", "hide-scrollbars", "mute-audio",
	} {
		flags = append(flags, chromedp.Flag(flag, true))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, flags...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)

	b := &browser{TB: t, ctx: ctx, server: server}
	b.watch()
	return b
}

// watch fails the test if the tab reports an error.
func (b *browser) watch() {
	b.Helper()
	host := "" // as in the URLs of files and data
	if b.server != nil {
		host = strings.TrimPrefix(b.server.URL, "http://")
	}
	err := chromedp.Listen(b.ctx, func(event any) {
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			b.problem(fmt.Sprintf("exception: %+v", event.ExceptionDetails))
		case *runtime.EventConsoleAPICalled:
			if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeWarning {
				words := "console:"
				for _, arg := range event.Args {
					words += " " + string(arg.Value) + arg.Description
				}
				b.problem(words)
			}
		case *cdplog.EventEntryAdded:
			if event.Entry.Level == cdplog.EntryLevelError || event.Entry.Level == cdplog.EntryLevelWarning {
				b.problem("log: " + event.Entry.Text + " " + event.Entry.URL)
			}
		case *network.EventRequestWillBeSent:
			u, err := url.Parse(event.Request.URL)
			if err != nil || (u.Host != "" && u.Host != host) {
				b.problem("request to " + event.Request.URL)
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, problem := range b.problems {
			b.Error(problem)
		}
	})
}

func (b *browser) problem(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refused != "" && strings.Contains(text, b.refused) {
		return
	}
	b.problems = append(b.problems, text)
}

// run runs the actions in order. If one fails, it prints the page and ends the test.
func (b *browser) run(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	for i, action := range actions {
		if err := chromedp.Do(ctx, action); err != nil {
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
			b.Fatalf("action %d: %v\n%v\nthe page is:\n%s", i+1, err, b.problems, text)
		}
	}
}

// visit loads a page and waits until it shows a selector.
func (b *browser) visit(path, selector string) {
	b.Helper()
	b.run(chromedp.Navigate(b.server.URL+path), chromedp.WaitVisible(chromedp.CSS(selector)))
}

// eventually waits until a JavaScript expression is true.
func (b *browser) eventually(expression string) {
	b.Helper()
	b.run(chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(50*time.Millisecond)))
}

// value returns the value of a JavaScript expression.
func value[T any](b *browser, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// size sets the size of the window in CSS pixels.
func (b *browser) size(width, height int64) {
	b.Helper()
	b.run(chromedp.EmulateViewport(width, height))
}

// screenshot returns a picture of the window, and saves it in the folder SCREENSHOTS if this is
// set.
func (b *browser) screenshot(name string) image.Image {
	b.Helper()
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	shot, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	return shot
}
