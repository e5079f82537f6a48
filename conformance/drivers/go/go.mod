module driver

go 1.25.0

require centrifugorpc v0.0.0

require github.com/gorilla/websocket v1.5.3 // indirect

replace centrifugorpc => ../../../clients/go
