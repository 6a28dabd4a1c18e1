package sallyport.proxy.head;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.HashConfig;
import sallyport.values.ClientAddress;

/** Part of a request whose hash chooses the endpoint. Stateless, any thread. */
final class BalanceKey {
  private BalanceKey() {}

  /**
   * Returns it.
   *
   * @param received fields as the client sent them
   * @return null where the request has none
   */
  static @Nullable String of(HashConfig hash, HttpHeaders received, ClientAddress client) {
    String key =
        switch (hash) {
          case HashConfig.Header(String name) -> received.get(name);
          case HashConfig.Cookie(String name) -> cookie(name, received);
          case HashConfig.Source() -> NetUtil.toAddressString(client.client().getAddress());
        };
    return key == null || key.isEmpty() ? null : key;
  }

  /** Returns the value of the first cookie of this name (RFC 6265 section 5.4). */
  private static @Nullable String cookie(String name, HttpHeaders received) {
    for (String field : received.getAll(HttpHeaderNames.COOKIE)) {
      int start = 0;
      while (start < field.length()) {
        int semicolon = field.indexOf(';', start);
        int end = semicolon < 0 ? field.length() : semicolon;
        int equals = field.indexOf('=', start, end);
        if (equals >= 0 && field.substring(start, equals).strip().equals(name)) {
          return field.substring(equals + 1, end).strip();
        }
        start = end + 1;
      }
    }
    return null;
  }
}
