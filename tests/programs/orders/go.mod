module stopwat/orders

go 1.21
