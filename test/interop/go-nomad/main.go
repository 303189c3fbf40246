// Makes the calls that the commands of the `nomad` command line make, with the client library that it is made of.
//
//	program <address>
//	program <address> <seed> <n>        has n made-up job files parsed instead
//
// prints a line per command: "ok", the command; or "bad", the command, what was wrong. Keys of an answer that the
// library has no field for come as "unknown", the type and the key. Columns are tabs apart.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
)

type command struct {
	name string
	run  func(*session)
}

func main() {
	s := newSession(os.Args[1], os.Getenv("NOMAD_TOKEN"))
	if len(os.Args) > 3 {
		seed, _ := strconv.ParseUint(os.Args[2], 10, 64)
		count, _ := strconv.Atoi(os.Args[3])
		compareJobs(s, seed, count)
		return
	}
	for _, one := range slices.Concat(cluster, jobs, allocs, nodes, evals, deployments, things, streams, cleanup) {
		if why := try(s, one.run); why == "" {
			fmt.Printf("ok\t%s\n", one.name)
		} else {
			fmt.Printf("bad\t%s\t%s\n", one.name, why)
		}
	}
}

func try(s *session, run func(*session)) (why string) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case failure:
			why = thrown.why
		default:
			why = fmt.Sprint("the client broke: ", thrown)
		}
	}()
	run(s)
	return ""
}
