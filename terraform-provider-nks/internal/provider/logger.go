package provider

import (
	"context"
	"log/slog"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// newLogger returns a logger that writes to Terraform's log. A record without a context of its own
// is written with that of the provider's configuration.
func newLogger(configured context.Context) *slog.Logger {
	return slog.New(terraformLog{configured: context.WithoutCancel(configured)})
}

type terraformLog struct {
	configured context.Context
	fields     map[string]any
}

// Enabled returns true, because Terraform's logger filters by TF_LOG.
func (terraformLog) Enabled(context.Context, slog.Level) bool { return true }

func (l terraformLog) Handle(ctx context.Context, record slog.Record) error {
	if ctx == nil || ctx == context.Background() {
		ctx = l.configured
	}
	fields := make(map[string]any, len(l.fields)+record.NumAttrs())
	for key, value := range l.fields {
		fields[key] = value
	}
	record.Attrs(func(a slog.Attr) bool {
		fields[a.Key] = a.Value.Resolve().String()
		return true
	})
	switch {
	case record.Level >= slog.LevelError:
		tflog.Error(ctx, record.Message, fields)
	case record.Level >= slog.LevelWarn:
		tflog.Warn(ctx, record.Message, fields)
	case record.Level >= slog.LevelInfo:
		tflog.Info(ctx, record.Message, fields)
	default:
		tflog.Debug(ctx, record.Message, fields)
	}
	return nil
}

func (l terraformLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := make(map[string]any, len(l.fields)+len(attrs))
	for key, value := range l.fields {
		fields[key] = value
	}
	for _, a := range attrs {
		fields[a.Key] = a.Value.Resolve().String()
	}
	return terraformLog{l.configured, fields}
}

// WithGroup returns the handler itself: the client logs no groups.
func (l terraformLog) WithGroup(string) slog.Handler { return l }
