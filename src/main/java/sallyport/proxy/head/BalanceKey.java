package sallyport.proxy.head;

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
          case HashConfig.Cookie(String name) -> Cookies.value(name, received);
          case HashConfig.Source() -> NetUtil.toAddressString(client.client().getAddress());
        };
    return key == null || key.isEmpty() ? null : key;
  }
}
