// The gRPC shop with grpc-go. Arguments: server PORT | client PORT CALLS | crowd PORT CALLS AT-ONCE | wait PORT
//
// As grpc-python/shop.py: messages are raw bytes, and what a request says decides how it is answered.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
)

const service = "sonde.test.Shop"

// Both ends of a message are bytes.
type raw struct{}

func (raw) Marshal(v interface{}) ([]byte, error)      { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v interface{}) error { *v.(*[]byte) = append([]byte(nil), data...); return nil }
func (raw) Name() string                               { return "proto" }

var names = map[string]codes.Code{
	"NOT_FOUND": codes.NotFound, "INTERNAL": codes.Internal, "INVALID_ARGUMENT": codes.InvalidArgument, "UNAVAILABLE": codes.Unavailable,
	"OK": codes.OK, "UNIMPLEMENTED": codes.Unimplemented, "DEADLINE_EXCEEDED": codes.DeadlineExceeded, "CANCELLED": codes.Canceled,
}

func answer(request []byte) ([]byte, error) {
	words := strings.Fields(string(request))
	if words[0] == "slow" {
		n, _ := strconv.Atoi(words[1])
		time.Sleep(time.Duration(n) * time.Millisecond)
	} else if code, found := names[words[0]]; found {
		return nil, status.Error(code, "asked for "+words[0])
	}
	return append([]byte("receipt for "), request...), nil
}

// One handler for all four kinds: it reads what there is to read and answers as often as its kind does.
func handle(kind string) func(interface{}, grpc.ServerStream) error {
	return func(_ interface{}, stream grpc.ServerStream) error {
		var last []byte
		for {
			var request []byte
			if err := stream.RecvMsg(&request); err == io.EOF {
				break
			} else if err != nil {
				return err
			}
			last = request
			if kind == "Chat" {
				reply, err := answer(request)
				if err != nil {
					return err
				}
				if err := stream.SendMsg(&reply); err != nil {
					return err
				}
			} else if kind != "Fill" {
				break
			}
		}
		times := map[string]int{"Buy": 1, "Fill": 1, "Watch": 3}[kind]
		for i := 0; i < times; i++ {
			reply, err := answer(last)
			if err != nil {
				return err
			}
			if err := stream.SendMsg(&reply); err != nil {
				return err
			}
		}
		return nil
	}
}

func describe(kind string) grpc.StreamDesc {
	return grpc.StreamDesc{
		StreamName: kind, Handler: handle(kind),
		ClientStreams: kind == "Fill" || kind == "Chat", ServerStreams: kind == "Watch" || kind == "Chat",
	}
}

func serve(port string) {
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: service, HandlerType: (*interface{})(nil),
		Streams: []grpc.StreamDesc{describe("Buy"), describe("Watch"), describe("Fill"), describe("Chat")},
	}, struct{}{})
	panic(server.Serve(listener))
}

func call(channel *grpc.ClientConn, kind, message string, timeout, cancelAfter time.Duration) {
	begin := time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	if cancelAfter > 0 {
		time.AfterFunc(cancelAfter, cancel)
	}
	err := exchange(ctx, channel, kind, message)
	name := map[codes.Code]string{}
	for text, code := range names {
		name[code] = text
	}
	fmt.Println(kind, name[status.Code(err)], float64(time.Since(begin).Microseconds())/1000)
}

func exchange(ctx context.Context, channel *grpc.ClientConn, kind, message string) error {
	desc := describe(kind)
	stream, err := channel.NewStream(ctx, &desc, "/"+service+"/"+kind)
	if err != nil {
		return err
	}
	sends := 1
	if desc.ClientStreams {
		sends = 2
	}
	for i := 0; i < sends; i++ {
		request := []byte(message)
		if err := stream.SendMsg(&request); err != nil && err != io.EOF {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for {
		var reply []byte
		if err := stream.RecvMsg(&reply); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		} else if !desc.ServerStreams {
			return nil
		}
	}
}

func mix(channel *grpc.ClientConn) {
	for _, kind := range []string{"Buy", "Watch", "Fill", "Chat"} {
		call(channel, kind, "tea", 0, 0)
		call(channel, kind, "slow 60", 0, 0)
	}
	for _, code := range []string{"NOT_FOUND", "INTERNAL", "INVALID_ARGUMENT", "UNAVAILABLE"} {
		call(channel, "Buy", code, 0, 0)
	}
	call(channel, "Watch", "NOT_FOUND", 0, 0)
	call(channel, "Nothing", "tea", 0, 0)
	call(channel, "Buy", "slow 400", 100*time.Millisecond, 0)
	call(channel, "Watch", "slow 400", 0, 100*time.Millisecond)
}

func main() {
	encoding.RegisterCodec(raw{})
	role, port := os.Args[1], os.Args[2]
	if role == "server" {
		serve(port)
	}
	channel, err := grpc.Dial("127.0.0.1:"+port, grpc.WithInsecure())
	if err != nil {
		panic(err)
	}
	switch role {
	case "client":
		rounds, _ := strconv.Atoi(os.Args[3])
		for i := 0; i < rounds; i++ {
			mix(channel)
		}
	case "wait":
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			call(channel, "Buy", lines.Text(), 0, 0)
		}
	case "crowd":
		calls, _ := strconv.Atoi(os.Args[3])
		atOnce, _ := strconv.Atoi(os.Args[4])
		slots := make(chan struct{}, atOnce)
		var all sync.WaitGroup
		for i := 0; i < calls; i++ {
			all.Add(1)
			slots <- struct{}{}
			go func() {
				call(channel, "Buy", "slow 5", 0, 0)
				<-slots
				all.Done()
			}()
		}
		all.Wait()
	}
}
