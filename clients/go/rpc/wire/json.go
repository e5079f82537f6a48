package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Marshal is json.Marshal without its HTML escaping, which makes a message larger for nothing.
func Marshal(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// Unmarshal is json.Unmarshal that takes 1.0 and 1e3 for integers, as JSON Schema does.
func Unmarshal(data []byte, into any) error {
	return json.Unmarshal(plainIntegers(data), into)
}

// plainIntegers writes the whole numbers of some JSON that have a fraction or an exponent without
// them. Most JSON has none; it is given back as it is.
func plainIntegers(data []byte) []byte {
	var changed []byte
	kept := 0
	for i := 0; i < len(data); {
		switch c := data[i]; {
		case c == '"':
			i = endOfText(data, i)
		case c == '-' || '0' <= c && c <= '9':
			end := endOfNumber(data, i)
			if plain, ok := plainInteger(string(data[i:end])); ok {
				changed = append(append(changed, data[kept:i]...), plain...)
				kept = end
			}
			i = end
		default:
			i++
		}
	}
	if kept == 0 {
		return data
	}
	return append(changed, data[kept:]...)
}

func endOfText(data []byte, start int) int {
	for i := start + 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

func endOfNumber(data []byte, start int) int {
	for i := start; i < len(data); i++ {
		if c := data[i]; (c < '0' || '9' < c) && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return i
		}
	}
	return len(data)
}

// maxDigits is how many digits an int64 can have.
const maxDigits = 19

// plainInteger returns a number without its fraction and exponent. It returns false for one that has
// none, that is not whole, or that has more digits than an int64.
func plainInteger(number string) (string, bool) {
	mark := strings.IndexAny(number, ".eE")
	if mark < 0 {
		return "", false
	}
	mantissa, exponent := number, 0
	if e := strings.IndexAny(number, "eE"); e >= 0 {
		var err error
		if exponent, err = strconv.Atoi(number[e+1:]); err != nil {
			return "", false
		}
		mantissa = number[:e]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent -= len(fraction)
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return sign + "0", true
	}
	exponent += len(digits) - len(significant)
	if exponent < 0 || exponent > maxDigits-len(significant) {
		return "", false
	}
	return sign + significant + strings.Repeat("0", exponent), true
}
