package sallyport.fuzz;

import sallyport.testkit.WebSocketAccept;

/** Answers every request as it should be answered, and takes every offer of a WebSocket. */
final class HonestBackend {
  private HonestBackend() {}

  static void answer(Rig.Backend backend, Message request) {
    String key = String.join("", request.all("sec-websocket-key"));
    if (!request.all("upgrade").isEmpty() && !key.isEmpty()) {
      backend.upgrade(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Accept: "
              + WebSocketAccept.of(key)
              + "\r\n\r\n");
      return;
    }
    if (!request.all("expect").isEmpty()) {
      backend.send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    String body = request.method.equals("HEAD") ? "" : "ok";
    backend.send("HTTP/1.1 200 OK\r\nFrom-Backend: yes\r\nContent-Length: 2\r\n\r\n" + body);
  }

  static void answer(Http2Backend backend, int stream, Message request) {
    backend.answer(
        stream,
        "H :status=200 & from-backend=yes ; DE " + (request.method.equals("HEAD") ? "" : "ok"));
  }
}
