package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/hashicorp/nomad/api"
)

// session is one command's run: the client, and what the server said last.
type session struct {
	*api.Client
	last *answer
	// unknown are the keys that were told already.
	unknown map[string]bool
}

type answer struct {
	request string
	body    []byte
}

// failure ends a command.
type failure struct{ why string }

func newSession(address, secret string) *session {
	s := &session{unknown: map[string]bool{}}
	client, err := api.NewClient(&api.Config{Address: address, SecretID: secret, HttpClient: &http.Client{Transport: s}})
	if err != nil {
		panic(err)
	}
	s.Client = client
	return s
}

// RoundTrip keeps the body of every answer that does not go on.
func (s *session) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	s.last = &answer{request: request.Method + " " + request.URL.Path}
	if response.ContentLength < 0 {
		return response, nil
	}
	s.last.body, err = io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(s.last.body))
	return response, err
}

// ok ends the command when a call failed.
func (s *session) ok(err error) {
	if err != nil {
		panic(failure{fmt.Sprintf("%s: %v", s.last.request, err)})
	}
}

func (s *session) check(isRight bool, what string, args ...any) {
	if !isRight {
		panic(failure{fmt.Sprintf(what, args...)})
	}
}

// refused ends the command unless the server refused the call with a status and a text.
func (s *session) refused(err error, status int, text string) {
	wanted := fmt.Sprintf("Unexpected response code: %d (%s)", status, text)
	s.check(err != nil && strings.Contains(err.Error(), wanted), "%s: %v instead of %s", s.last.request, err, wanted)
}

// got ends the command when a call failed, and tells each key of the answer that the client has no field for, once.
func got[T any](s *session, value T, err error) T {
	s.ok(err)
	var body any
	if json.Unmarshal(s.last.body, &body) != nil {
		return value
	}
	for _, key := range unknownKeys(reflect.TypeFor[T](), body) {
		if !s.unknown[key] {
			s.unknown[key] = true
			fmt.Printf("unknown\t%s\n", key)
		}
	}
	return value
}

func read[T any](s *session) func(T, *api.QueryMeta, error) T {
	return func(value T, meta *api.QueryMeta, err error) T {
		got(s, value, err)
		s.check(meta.KnownLeader, "%s: no known leader", s.last.request)
		return value
	}
}

func written[T any](s *session) func(T, *api.WriteMeta, error) T {
	return func(value T, _ *api.WriteMeta, err error) T { return got(s, value, err) }
}

// until asks again until the answer is right.
func until[T any](s *session, what string, ask func() (T, bool)) T {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if value, isRight := ask(); isRight {
			return value
		}
	}
	panic(failure{"waited in vain: " + what})
}

// unknownKeys compares an answer with the type that it is decoded into, as encoding/json matches names. It names each
// key with its type.
func unknownKeys(into reflect.Type, body any) []string {
	for into.Kind() == reflect.Pointer {
		into = into.Elem()
	}
	var unknown []string
	switch body := body.(type) {
	case []any:
		for _, one := range body {
			if into.Kind() == reflect.Slice {
				unknown = append(unknown, unknownKeys(into.Elem(), one)...)
			}
		}
	case map[string]any:
		for key, one := range body {
			switch into.Kind() {
			case reflect.Map:
				unknown = append(unknown, unknownKeys(into.Elem(), one)...)
			case reflect.Struct:
				if field, isKnown := fieldNamed(into, key); isKnown {
					unknown = append(unknown, unknownKeys(field, one)...)
				} else {
					unknown = append(unknown, into.Name()+"."+key)
				}
			}
		}
	}
	return unknown
}

func fieldNamed(into reflect.Type, key string) (reflect.Type, bool) {
	for _, field := range reflect.VisibleFields(into) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			name = field.Name
		}
		if field.IsExported() && strings.EqualFold(name, key) {
			return field.Type, true
		}
	}
	return nil, false
}
