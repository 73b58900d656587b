package provider

import (
	"context"
	"log/slog"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// terraformLog writes what the client logs to Terraform's log. A record without a context of its
// own is written with that of the provider's configuration.
type terraformLog struct{ configured context.Context }

// Enabled returns true, because Terraform's logger filters by TF_LOG.
func (terraformLog) Enabled(context.Context, slog.Level) bool { return true }

func (l terraformLog) Handle(ctx context.Context, record slog.Record) error {
	if ctx == context.Background() {
		ctx = l.configured
	}
	fields := map[string]any{}
	record.Attrs(func(a slog.Attr) bool {
		fields[a.Key] = a.Value.Resolve().String()
		return true
	})
	log := tflog.Debug
	switch {
	case record.Level >= slog.LevelWarn:
		log = tflog.Warn
	case record.Level >= slog.LevelInfo:
		log = tflog.Info
	}
	log(ctx, record.Message, fields)
	return nil
}

// WithAttrs and WithGroup return the handler itself: the client gives each record all its fields.
func (l terraformLog) WithAttrs([]slog.Attr) slog.Handler { return l }

func (l terraformLog) WithGroup(string) slog.Handler { return l }
