// A program as people write them: generated orders go through JSON, a sort, templates of numbers and a hash.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"time"
)

type order struct {
	ID       int               `json:"id"`
	Customer string            `json:"customer"`
	Price    float64           `json:"price"`
	Items    []string          `json:"items"`
	Notes    map[string]string `json:"notes,omitempty"`
}

func main() {
	commands := map[string]func(args []string) int{
		"report": report, "spin": spin, "sleep": sleep, "exit": exit, "echo": echo, "panic": fail,
	}
	if len(os.Args) > 1 {
		if command, known := commands[os.Args[1]]; known {
			os.Exit(command(os.Args[2:]))
		}
	}
	fmt.Fprintln(os.Stderr, "usage: program report N | spin | sleep DURATION | exit STATUS | echo | panic")
	os.Exit(2)
}

func orders(count int) []order {
	state := uint64(88172645463325252)
	next := func(below uint64) uint64 {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		return state % below
	}
	made := make([]order, count)
	for id := range made {
		made[id] = order{ID: id, Customer: fmt.Sprintf("customer %04d", next(1000)), Price: float64(next(1000000)) / 100}
		for range make([]struct{}, next(5)) {
			made[id].Items = append(made[id].Items, strconv.FormatUint(next(1<<40), 36))
		}
		if next(3) == 0 {
			made[id].Notes = map[string]string{"gift": "naïve ☃ \"wrap\"", "floor": strconv.Itoa(int(next(30)))}
		}
	}
	return made
}

func report(args []string) int {
	count, err := strconv.Atoi(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	text, err := json.Marshal(orders(count))
	if err != nil {
		panic(err)
	}
	var read []order
	if err := json.Unmarshal(text, &read); err != nil {
		panic(err)
	}
	sort.SliceStable(read, func(i, j int) bool { return read[i].Price < read[j].Price })
	sum := 0.0
	hash := sha256.New()
	for _, each := range read {
		sum += each.Price
		fmt.Fprintf(hash, "%d %s %.2f %v %v\n", each.ID, each.Customer, each.Price, each.Items, each.Notes)
	}
	fmt.Printf("orders %d, bytes %d, sum %.2f\n", len(read), len(text), sum)
	fmt.Printf("sha256 %x\n", hash.Sum(nil))
	return 0
}

func spin([]string) int {
	fmt.Println("spinning")
	for n := uint32(1); n != 0; n += 2 {
	}
	return 0
}

func sleep(args []string) int {
	duration, err := time.ParseDuration(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	fmt.Println("sleeping")
	time.Sleep(duration)
	fmt.Println("awake")
	return 0
}

func exit(args []string) int {
	status, _ := strconv.Atoi(args[0])
	return status
}

func echo([]string) int {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(os.Getenv("PREFIX") + lines.Text())
	}
	return 0
}

func fail([]string) int {
	panic("as asked")
}
