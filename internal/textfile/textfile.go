// Package textfile decodes text files, which Windows programs also write in UTF-16.
package textfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
)

// ErrCutOff says that a file in UTF-16 ends within a character.
var ErrCutOff = errors.New("the file is in UTF-16 and ends in the middle of a character")

var byteOrderMarks = []struct {
	mark  []byte
	order binary.ByteOrder // nil for UTF-8
}{
	{mark: []byte{0xef, 0xbb, 0xbf}},
	{mark: []byte{0xff, 0xfe}, order: binary.LittleEndian},
	{mark: []byte{0xfe, 0xff}, order: binary.BigEndian},
}

// Decode returns the text of a file without its byte order mark. A file that begins with the byte
// order mark of UTF-16 is converted to UTF-8. Windows PowerShell writes such files. Any other file is
// returned as it is. Decode returns [ErrCutOff] for UTF-16 with an odd number of bytes.
func Decode(file []byte) ([]byte, error) {
	for _, encoding := range byteOrderMarks {
		text, found := bytes.CutPrefix(file, encoding.mark)
		if !found {
			continue
		}
		if encoding.order == nil {
			return text, nil
		}
		return fromUTF16(text, encoding.order)
	}
	return file, nil
}

func fromUTF16(text []byte, order binary.ByteOrder) ([]byte, error) {
	if len(text)%2 != 0 {
		return nil, ErrCutOff
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}
