// Either end of go-plugin's broker, as its bidirectional example uses it: the host offers the plugin an adder, and here
// the plugin offers the host one as well.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fail("usage: broker plugin | host [-multiplex] [-mtls] <command> … | yamux <socket>")
	}
	switch os.Args[1] {
	case "plugin":
		servePlugin()
	case "host":
		runHost(os.Args[2:])
	case "yamux":
		echoYamux(os.Args[2])
	default:
		fail("unknown command " + os.Args[1])
	}
}

func fail(what any) {
	fmt.Fprintln(os.Stderr, what)
	os.Exit(1)
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}
