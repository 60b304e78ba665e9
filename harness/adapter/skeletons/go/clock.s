// Lets clock.go declare a function of the runtime: Go wants to see that somebody has thought of it.
