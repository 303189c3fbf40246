package main

import (
	"io"
	"net"
	"os"
	"time"

	"github.com/hashicorp/yamux"
)

// echoYamux accepts one connection on a socket and gives back what comes on its streams. It pings as often as it can.
func echoYamux(path string) {
	listener, err := net.Listen("unix", path)
	check(err)
	_, err = os.Stdout.WriteString("ready\n")
	check(err)
	connection, err := listener.Accept()
	check(err)
	config := yamux.DefaultConfig()
	config.KeepAliveInterval = 20 * time.Millisecond
	config.ConnectionWriteTimeout = 2 * time.Second
	session, err := yamux.Server(connection, config)
	check(err)
	for {
		stream, err := session.Accept()
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(stream, stream)
			_ = stream.Close()
		}()
	}
}
