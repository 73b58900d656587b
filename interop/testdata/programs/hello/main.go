// Command hello is the program that the clients are added to.
package main

import "fmt"

func main() { fmt.Println("hello") }
