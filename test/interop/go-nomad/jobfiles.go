package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/nomad/api"
)

// A writer makes up a job together with its job file, from the names that the library's types carry for job files.
type writer struct {
	*rand.Rand
	file strings.Builder
	// round makes every name new.
	round int
}

// compareJobs has made-up job files parsed by the server, every other one with its defaults filled in, and tells each
// place where its answer is another job.
func compareJobs(s *session, seed uint64, count int) {
	differences := map[string]string{}
	for at := range count {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 0))}
		seed++
		job := w.job()
		isFilled := at%2 == 0
		parsed, err := s.Jobs().ParseHCLOpts(&api.JobsParseRequest{JobHCL: w.file.String(), Canonicalize: isFilled})
		if err != nil {
			differences["refused: "+err.Error()] = w.file.String()
			continue
		}
		got(s, parsed, err)
		job.Canonicalize()
		if !isFilled {
			parsed.Canonicalize()
		}
		compare("Job", plain(job), plain(parsed), func(place string) { differences[place] = w.file.String() })
	}
	for _, place := range slices.Sorted(maps.Keys(differences)) {
		fmt.Printf("bad\t%s\t%q\n", place, differences[place])
	}
	fmt.Printf("ok\t%d job files\n", count)
}

func (w *writer) job() *api.Job {
	job := &api.Job{ID: new(w.name())}
	fmt.Fprintf(&w.file, "job %q {\n", *job.ID)
	w.body(reflect.ValueOf(job).Elem())
	w.file.WriteString("}\n")
	return job
}

func (w *writer) name() string {
	w.round++
	return fmt.Sprintf("%c%d", 'a'+w.IntN(26), w.round)
}

// left out of blocks: what the library's own parser treats by rules of its own.
var leftOut = []string{"Job.id", "NetworkResource.reserved_ports", "Task.scaling"}

// needed says which blocks and attributes are always there.
var needed = []string{"ScalingPolicy.max", "Constraint.operator", "Affinity.operator", "WorkloadIdentity.name"}

func (w *writer) body(into reflect.Value) {
	for at := range into.NumField() {
		field := into.Type().Field(at)
		name, kind, isTagged := strings.Cut(field.Tag.Get("hcl"), ",")
		place := into.Type().Name() + "." + name
		if !isTagged && name == "" || kind == "label" || slices.Contains(leftOut, place) {
			continue
		}
		if kind == "optional" && !slices.Contains(needed, place) && w.IntN(4) > 0 {
			continue
		}
		if kind == "block" {
			w.blocks(name, into.Field(at))
			continue
		}
		if field.Type.Kind() == reflect.Map {
			into.Field(at).Set(reflect.ValueOf(map[string]string{"k": "v"}))
			fmt.Fprintf(&w.file, "%s = { k = \"v\" }\n", name)
			continue
		}
		fmt.Fprintf(&w.file, "%s = %s\n", name, w.attribute(place, into.Field(at)))
	}
	if network, is := into.Addr().Interface().(*api.NetworkResource); is {
		settlePorts(network)
	}
}

// settlePorts does what a parser does with static ports.
func settlePorts(network *api.NetworkResource) {
	isStatic := func(port api.Port) bool { return port.Value > 0 }
	for _, port := range network.DynamicPorts {
		if isStatic(port) {
			network.ReservedPorts = append(network.ReservedPorts, port)
		}
	}
	network.DynamicPorts = slices.DeleteFunc(network.DynamicPorts, isStatic)
}

// blocks writes blocks of one name, the deeper the fewer.
func (w *writer) blocks(name string, into reflect.Value) {
	if w.IntN(3) > 0 && name != "group" && name != "task" {
		return
	}
	switch kind := into.Type(); {
	case kind == reflect.TypeFor[map[string]string]():
		key := w.name()
		into.Set(reflect.ValueOf(map[string]string{key: "v"}))
		fmt.Fprintf(&w.file, "%s {\n%s = \"v\"\n}\n", name, key)
	case kind == reflect.TypeFor[map[string]any]():
		into.Set(reflect.ValueOf(map[string]any{"image": "i", "size": 1.5, "isBig": true, "args": []any{"a", "b"}}))
		fmt.Fprintf(&w.file, "%s {\nimage = \"i\"\nsize = 1.5\nisBig = true\nargs = [\"a\", \"b\"]\n}\n", name)
	case kind == reflect.TypeFor[map[string][]string]():
		into.Set(reflect.ValueOf(map[string][]string{"Accept": {"a", "b"}}))
		fmt.Fprintf(&w.file, "%s {\nAccept = [\"a\", \"b\"]\n}\n", name)
	case kind.Kind() == reflect.Map:
		label := w.name()
		one := reflect.New(kind.Elem().Elem())
		w.block(name, one.Elem(), label)
		into.Set(reflect.MakeMap(kind))
		into.SetMapIndex(reflect.ValueOf(label), one)
	case kind.Kind() == reflect.Pointer:
		one := reflect.New(kind.Elem())
		w.block(name, one.Elem(), w.name())
		into.Set(one)
	case kind.Kind() == reflect.Slice:
		for range 1 + w.IntN(2) {
			isPointer := kind.Elem().Kind() == reflect.Pointer
			item := kind.Elem()
			if isPointer {
				item = item.Elem()
			}
			one := reflect.New(item)
			w.block(name, one.Elem(), w.name())
			if !isPointer {
				one = one.Elem()
			}
			into.Set(reflect.Append(into, one))
		}
	}
}

func (w *writer) block(name string, into reflect.Value, label string) {
	w.file.WriteString(name)
	for at := range into.NumField() {
		if strings.HasSuffix(into.Type().Field(at).Tag.Get("hcl"), ",label") {
			fmt.Fprintf(&w.file, " %q", label)
			set(into.Field(at), reflect.ValueOf(label))
		}
	}
	w.file.WriteString(" {\n")
	w.body(into)
	w.file.WriteString("}\n")
}

// attribute makes up a value. It returns it as a job file has it.
func (w *writer) attribute(place string, into reflect.Value) string {
	kind := into.Type()
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch {
	case kind == reflect.TypeFor[time.Duration]():
		duration := time.Duration(1+w.IntN(10_000)) * time.Second
		set(into, reflect.ValueOf(duration))
		if w.IntN(4) == 0 {
			return strconv.FormatInt(int64(duration), 10)
		}
		return strconv.Quote(duration.String())
	case place == "Job.type":
		text := []string{"service", "batch", "system", "sysbatch"}[w.IntN(4)]
		set(into, reflect.ValueOf(text))
		return strconv.Quote(text)
	case kind.Kind() == reflect.String:
		text := w.name()
		set(into, reflect.ValueOf(text).Convert(kind))
		return strconv.Quote(text)
	case kind.Kind() == reflect.Bool:
		isTrue := w.IntN(2) == 0
		set(into, reflect.ValueOf(isTrue))
		return strconv.FormatBool(isTrue)
	case kind == reflect.TypeFor[[]string]():
		texts := []string{w.name(), w.name()}
		set(into, reflect.ValueOf(texts))
		return fmt.Sprintf("[%q, %q]", texts[0], texts[1])
	case kind.Kind() == reflect.Slice:
		set(into, reflect.Append(reflect.Zero(kind), reflect.ValueOf(7).Convert(kind.Elem())))
		return "[7]"
	default:
		number := 1 + w.IntN(100)
		set(into, reflect.ValueOf(number).Convert(kind))
		return strconv.Itoa(number)
	}
}

func set(into, value reflect.Value) {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	into.Set(value)
}

func plain(job *api.Job) any {
	text, err := json.Marshal(job)
	if err != nil {
		panic(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	return value
}

// compare tells where two values differ. What is empty is as good as missing.
func compare(place string, wanted, got any, tell func(string)) {
	if isEmpty(wanted) && isEmpty(got) {
		return
	}
	switch wanted := wanted.(type) {
	case map[string]any:
		if got, is := got.(map[string]any); is {
			for key := range maps.Keys(wanted) {
				compare(place+"."+key, wanted[key], got[key], tell)
			}
			for key := range got {
				if _, is := wanted[key]; !is {
					compare(place+"."+key, nil, got[key], tell)
				}
			}
			return
		}
	case []any:
		if got, is := got.([]any); is && len(got) == len(wanted) {
			for at := range wanted {
				compare(place+"[]", wanted[at], got[at], tell)
			}
			return
		}
	default:
		if reflect.DeepEqual(wanted, got) {
			return
		}
	}
	tell(fmt.Sprintf("%s: %s, wanted %s", place, short(got), short(wanted)))
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

// short is the kind of a value that is made up, and others themselves.
func short(value any) string {
	switch value := value.(type) {
	case map[string]any:
		return "a map"
	case []any:
		return fmt.Sprintf("a list of %d", len(value))
	case float64:
		return "a number"
	case string:
		return "a text"
	default:
		return fmt.Sprint(value)
	}
}
