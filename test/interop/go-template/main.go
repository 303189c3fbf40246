// Renders templates with Go's text/template: a line of JSON in, a line of JSON out.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"text/template"
)

type task struct {
	Name   string
	Source string
	// Names and values, in the order of the struct's fields.
	Fields [][2]string
}

type answer struct {
	Output []byte `json:"output,omitempty"`
	// Which step failed, and how.
	Step  string `json:"step,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var one task
		if err := json.Unmarshal(line, &one); err != nil {
			panic(err)
		}
		out.Encode(render(one))
	}
}

func render(one task) answer {
	parsed, err := template.New(one.Name).Parse(one.Source)
	if err != nil {
		return answer{Step: "parsing", Error: err.Error()}
	}
	var text strings.Builder
	if err := parsed.Execute(&text, data(one.Fields)); err != nil {
		return answer{Step: "executing", Error: err.Error()}
	}
	return answer{Output: []byte(text.String())}
}

// data makes a struct of strings.
func data(fields [][2]string) any {
	types := make([]reflect.StructField, len(fields))
	for i, field := range fields {
		types[i] = reflect.StructField{Name: field[0], Type: reflect.TypeFor[string]()}
	}
	made := reflect.New(reflect.StructOf(types)).Elem()
	for i, field := range fields {
		made.Field(i).SetString(field[1])
	}
	return made.Interface()
}
