// Go's net/http. Usage: server PORT UPSTREAM [ADDRESS]
// GET /hang sends half of the answer that it announces, and then nothing.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func number(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return n
}

func reply(w http.ResponseWriter, status int, body []byte) {
	if status != http.StatusNoContent && status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	w.Write(body)
}

func main() {
	address := "127.0.0.1"
	if len(os.Args) > 3 {
		address = os.Args[3]
	}
	upstream := "http://127.0.0.1:" + os.Args[2]

	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) { reply(w, 200, []byte("hello\n")) })
	http.HandleFunc("/bytes/", func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, []byte(strings.Repeat("x", number(r))))
	})
	http.HandleFunc("/slow/", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Duration(number(r)) * time.Millisecond)
		reply(w, 200, []byte("hello\n"))
	})
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		reply(w, 200, body)
	})
	http.HandleFunc("/status/", func(w http.ResponseWriter, r *http.Request) {
		reply(w, number(r), []byte(http.StatusText(number(r))))
	})
	http.HandleFunc("/item/", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Duration(number(r)*7%20) * time.Millisecond)
		reply(w, 200, []byte(strconv.Itoa(number(r))))
	})
	http.HandleFunc("/relay/", func(w http.ResponseWriter, r *http.Request) {
		response, err := http.Get(fmt.Sprintf("%s/item/%d", upstream, number(r)))
		if err != nil {
			reply(w, http.StatusBadGateway, []byte(err.Error()))
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		reply(w, response.StatusCode, body)
	})
	http.HandleFunc("/hang", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Write(make([]byte, 500))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	listen := net.JoinHostPort(address, os.Args[1])
	if certificate := os.Getenv("TLS_CERTIFICATE"); certificate != "" {
		log.Fatal(http.ListenAndServeTLS(listen, certificate, os.Getenv("TLS_KEY"), nil))
	}
	log.Fatal(http.ListenAndServe(listen, nil))
}
