package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// overTCP lets the plugin be reached over TCP, which go-plugin by itself does on Windows only: what go-plugin prints goes
// through here first, and bytes travel between the port that the host is told of and the plugin's socket.
func overTCP() {
	real := os.Stdout
	read, write, err := os.Pipe()
	must(err)
	os.Stdout = write
	port, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go func() {
		line, err := bufio.NewReader(read).ReadString('\n')
		must(err)
		fields := strings.Split(line, "|")
		socket := fields[3]
		fields[2], fields[3] = "tcp", port.Addr().String()
		fmt.Fprint(real, strings.Join(fields, "|"))
		for {
			outer, err := port.Accept()
			must(err)
			inner, err := net.Dial("unix", socket)
			if err != nil {
				outer.Close()
				continue
			}
			go pass(outer, inner)
			go pass(inner, outer)
		}
	}()
}

func pass(to, from net.Conn) {
	io.Copy(to, from)
	to.Close()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
