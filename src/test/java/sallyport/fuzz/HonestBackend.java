package sallyport.fuzz;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Answers every request as it should be answered, and takes every offer of a WebSocket. */
final class HonestBackend {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private HonestBackend() {}

  static void answer(Rig.Backend backend, Message request) {
    String key = String.join("", request.all("sec-websocket-key"));
    if (!request.all("upgrade").isEmpty() && !key.isEmpty()) {
      backend.upgrade(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Accept: "
              + accept(key)
              + "\r\n\r\n");
      return;
    }
    if (!request.all("expect").isEmpty()) {
      backend.send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    String body = request.method.equals("HEAD") ? "" : "ok";
    backend.send("HTTP/1.1 200 OK\r\nFrom-Backend: yes\r\nContent-Length: 2\r\n\r\n" + body);
  }

  /** RFC 6455 section 4.2.2. */
  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
