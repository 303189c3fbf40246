package main

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const bulkMethod = "/proto.Bulk/Read"

// registerBulk offers answers of any size: so many bytes, of which each is its place modulo 251.
func registerBulk(server *grpc.Server) {
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "proto.Bulk",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "Read",
			Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				size := new(wrapperspb.Int64Value)
				if err := decode(size); err != nil {
					return nil, err
				}
				return wrapperspb.Bytes(pattern(size.Value)), nil
			},
		}},
	}, nil)
}

func pattern(size int64) []byte {
	bytes := make([]byte, size)
	for at := range bytes {
		bytes[at] = byte(at % 251)
	}
	return bytes
}
