// Shops with Go's net/http, as shop.py says: `go run shop.go BASE SALE BUYER ROUNDS IDLES`.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const workers, shownFailures = 4, 5

var (
	base, sale, buyer  = os.Args[1], os.Args[2], os.Args[3]
	client             = &http.Client{Timeout: 10 * time.Second}
	codes              = regexp.MustCompile(`"code":"([^"]+)"`)
	lock               sync.Mutex
	requests, failures int
	slowest            time.Duration
)

func send(method, path, key, body string) (int, string, error) {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequest(method, base+path, reader)
	if err != nil {
		return 0, "", err
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func ask(method, path, has, key, body string) string {
	began := time.Now()
	status, text, err := send(method, path, key, body)
	took := time.Since(began)
	isRight := err == nil && status == 200 && strings.Contains(text, has) && (has != "" || text == "")
	lock.Lock()
	defer lock.Unlock()
	requests++
	if took > slowest {
		slowest = took
	}
	if !isRight {
		failures++
	}
	if !isRight && failures <= shownFailures {
		fmt.Fprintln(os.Stderr, method, path, status, text, err)
	}
	return text
}

func round(number int) {
	name := fmt.Sprintf("%s-%d", buyer, number)
	body := fmt.Sprintf(`{"user_id":"%s","id":"ITM-%s-%d"}`, name, sale, number%1000+1)
	ask("GET", "/sales/active", `"id"`, "", "")
	ask("HEAD", "/sales/"+sale+"/items?limit=3", "", "", "")
	code := "none"
	if found := codes.FindStringSubmatch(ask("POST", "/checkout", `"code"`, "checkout-"+name, body)); found != nil {
		code = found[1]
	}
	if number%2 == 1 {
		ask("POST", "/purchase?code="+code, `"order_id"`, "purchase-"+name, "")
	} else {
		ask("DELETE", "/checkout?code="+code, `"released_items"`, "", "")
	}
}

func main() {
	rounds, _ := strconv.Atoi(os.Args[4])
	idles := strings.FieldsFunc(os.Args[5], func(letter rune) bool { return letter == ',' })
	parts := len(idles) + 1
	for part := 0; part < parts; part++ {
		var group sync.WaitGroup
		for worker := 0; worker < workers; worker++ {
			group.Add(1)
			go func(first, end int) {
				defer group.Done()
				for number := first; number < end; number += workers {
					round(number)
				}
			}(part*rounds/parts+worker, (part+1)*rounds/parts)
		}
		group.Wait()
		if part < len(idles) {
			seconds, _ := strconv.ParseFloat(idles[part], 64)
			time.Sleep(time.Duration(seconds * float64(time.Second)))
		}
	}
	fmt.Printf("%d %d %.3f\n", requests, failures, slowest.Seconds())
}
