package textfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/internal/textfile"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"UTF-8", "김철수", "김철수"},
		{"UTF-8 with a byte order mark", "\xef\xbb\xbfa = b", "a = b"},
		{"UTF-16, little-endian", "\xff\xfea\x00\r\x00\n\x00", "a\r\n"},
		{"UTF-16, big-endian", "\xfe\xff\x00a\xae\x40", "a김"},
		{"a surrogate pair", "\xff\xfe\x3d\xd8\x00\xde", "😀"},
		{"half a surrogate pair", "\xff\xfe\x3d\xd8a\x00", "\ufffda"},
		{"another encoding is left as it is", "\xb1\xe8", "\xb1\xe8"},
		{"nothing", "", ""},
		{"only a byte order mark", "\xff\xfe", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := textfile.Decode([]byte(c.file))
			if err != nil || string(got) != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
	if _, err := textfile.Decode([]byte("\xff\xfea")); !errors.Is(err, textfile.ErrCutOff) {
		t.Errorf("half a character: got %v", err)
	}
}

func TestDecodeReadsEveryText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		order := rapid.SampledFrom([]binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}).Draw(t, "order")
		var file []byte
		for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
			file = order.AppendUint16(file, unit)
		}
		got, err := textfile.Decode(file)
		if err != nil || !bytes.Equal(got, []byte(text)) {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	})
}
