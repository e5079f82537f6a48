module call-go

go 1.25.0

require apiclient v0.0.0

require github.com/gorilla/websocket v1.5.3 // indirect

replace apiclient => ../generated/go
